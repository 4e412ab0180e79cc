import { receiptStore } from '../../../../src/azure/blobs/receipts.ts';
import type { ContainerStore } from '../../../../src/azure/blobs/storage.ts';
import { TransferError } from '../../../../src/domain/errors.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const NAME = 'one.tar.receipt.json';

/** A container that is not there until it is made. */
function missingContainer(): ContainerStore {
  const container = memoryContainer();
  let isThere = false;
  const refuse = () => {
    throw new TransferError('no container', { class: 'service', code: 'ContainerNotFound' });
  };
  const when =
    <A extends unknown[], R>(call: (...given: A) => R) =>
    (...given: A): R =>
      isThere ? call(...given) : refuse();
  return {
    ...container,
    async ensureExists() {
      isThere = true;
    },
    properties: async (blob) => when(container.properties)(blob),
    writeText: async (...given) => when(container.writeText)(...given),
    delete: async (blob) => when(container.delete)(blob),
    async *list(prefix) {
      yield* when(container.list)(prefix);
    },
  };
}

async function namesIn(store: ReturnType<typeof receiptStore>, prefix = '') {
  const names: string[] = [];
  for await (const name of store.list(prefix)) names.push(name);
  return names;
}

describe('a receipt store', () => {
  it('gives back text and signature as they were written', async () => {
    const store = receiptStore(memoryContainer());
    await store.write(NAME, '{"a":1}', 'x..y');
    expect(await store.read(NAME)).toMatchObject({ text: '{"a":1}', signature: 'x..y' });
    await store.write(NAME, '{"a":2}', null);
    expect(await store.read(NAME)).toMatchObject({ text: '{"a":2}', signature: null });
    expect(await namesIn(store)).toEqual([NAME]);
    await store.delete(NAME);
    expect(await store.read(NAME)).toBeUndefined();
  });

  it('writes the signature before the receipt', async () => {
    const container = memoryContainer();
    const names: string[] = [];
    const write: ContainerStore['writeText'] = (name, ...more) => {
      names.push(name);
      return container.writeText(name, ...more);
    };
    await receiptStore({ ...container, writeText: write }).write(NAME, '{}', 'x..y');
    expect(names).toEqual([`${NAME}.jws`, NAME]);
  });

  it('makes the container when it is missing, and reads nothing from none', async () => {
    const store = receiptStore(missingContainer());
    expect(await store.read(NAME)).toBeUndefined();
    expect(await namesIn(store)).toEqual([]);
    await store.delete(NAME);
    await store.write(NAME, '{}', null);
    expect(await store.read(NAME)).toMatchObject({ text: '{}' });
  });

  it('does not read what is too large for a receipt', async () => {
    const container = memoryContainer();
    await container.writeText(NAME, 'x'.repeat(4 * 1024 * 1024 + 1));
    await expect(receiptStore({ ...container, urlOf: (name) => name }).read(NAME)).rejects.toMatchObject({
      code: 'RECEIPT_TOO_LARGE',
    });
  });
});
