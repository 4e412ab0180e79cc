import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResourceStore } from '../../../../local/arm/resource-store.ts';

interface Item {
  key: string;
  createdAtMs: number;
  value: number;
}

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));
const open = () => ResourceStore.open<Item>(dir);

describe('ResourceStore', () => {
  it('finds again what was put and not what was deleted', async () => {
    const store = await open();
    await store.put({ key: 'a.one', createdAtMs: 1, value: 1 });
    await store.put({ key: 'b.two', createdAtMs: 2, value: 2 });
    await store.delete('a.one');
    await store.delete('never');
    const again = await open();
    expect(again.list()).toEqual([{ key: 'b.two', createdAtMs: 2, value: 2 }]);
    expect(again.list('a.')).toEqual([]);
  });

  it('keeps the last of many changes of one key that overlap', async () => {
    const store = await open();
    const changes = Array.from({ length: 20 }, (_, value) => store.put({ key: 'a', createdAtMs: 1, value }));
    await Promise.all([...changes, store.delete('a'), store.put({ key: 'a', createdAtMs: 1, value: 99 })]);
    expect((await open()).get('a')?.value).toBe(99);
  });

  it('passes over what a killed process had begun to write', async () => {
    await writeFile(join(dir, 'a.json.123.tmp'), '{"key":');
    expect((await open()).list()).toEqual([]);
    expect(await readdir(dir)).toEqual([]);
  });

  it('names the file that cannot be read', async () => {
    await writeFile(join(dir, 'a.json'), '{');
    await expect(open()).rejects.toThrow(join(dir, 'a.json'));
  });

  it('brings back what was there when a change cannot be kept', async () => {
    const store = await open();
    await store.put({ key: 'a', createdAtMs: 1, value: 1 });
    await rm(dir, { recursive: true });
    await expect(store.put({ key: 'a', createdAtMs: 1, value: 2 })).rejects.toThrow('ENOENT');
    await expect(store.put({ key: 'b', createdAtMs: 1, value: 2 })).rejects.toThrow('ENOENT');
    expect([store.get('a')?.value, store.get('b')]).toEqual([1, undefined]);
  });

  it('gives creation times that grow, after a restart too', async () => {
    const later = Date.now() + 1_000_000;
    await (await open()).put({ key: 'a', createdAtMs: later, value: 1 });
    const store = await open();
    expect([store.nextCreationMs(), store.nextCreationMs()]).toEqual([later + 1, later + 2]);
  });
});
