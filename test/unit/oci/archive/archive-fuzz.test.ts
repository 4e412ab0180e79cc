import fc from 'fast-check';
import { TransferError } from '../../../../src/domain/errors.ts';
import { type ImportResult, importArchive } from '../../../../src/oci/archive/import.ts';
import { type Archive, openArchive, type RangeReader } from '../../../../src/oci/archive/read.ts';
import { FUZZ_TIMEOUT_MS, fuzzed } from '../../../support/fuzz.ts';
import { hostileArchives } from '../../../support/hostile-archives.ts';
import { bufferReader } from '../../../support/streams.ts';
import { createStrictTarget, requireAll, type StrictTarget } from '../../../support/strict-target.ts';

/** What reading headers and `index.json` may take, whatever sizes they state. */
const MAX_READ_AT_ONCE_BYTES = 4 * 1024 * 1024;
const ENDLESS_BYTES = 2 ** 52;

let opened = 0;
let imported = 0;
let refused = 0;

/** The archive's bytes with endless zeros behind them: no stated size can be refused for want of bytes. */
function endless(bytes: Buffer, asked: number[]): RangeReader {
  async function* read(offset: number, length: number) {
    asked.push(length);
    if (length > MAX_READ_AT_ONCE_BYTES) throw new Error(`the reader was asked for ${length} bytes at once`);
    for (let done = 0; done < length; done += 65_536) {
      const chunk = Buffer.alloc(Math.min(65_536, length - done));
      chunk.set(bytes.subarray(offset + done, offset + done + chunk.length));
      yield chunk;
    }
  }
  return { sizeBytes: ENDLESS_BYTES, read };
}

/** The archive, or `undefined` where it is refused in the way that callers rely on. */
async function openOrRefuse(reader: RangeReader): Promise<Archive | undefined> {
  try {
    const archive = await openArchive(reader, { defaultRepository: 'default' });
    opened += 1;
    return archive;
  } catch (error) {
    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ class: 'artifact', message: expect.stringMatching(/.{10}/) });
    refused += 1;
    return undefined;
  }
}

/** What is tagged is imported and whole, and what is imported is there. */
async function checkVisible(target: StrictTarget, imported: ImportResult['imported']): Promise<void> {
  const references = imported.map(({ reference }) => reference);
  expect([...target.tags.keys()].filter((name) => !references.includes(name))).toEqual([]);
  for (const { reference, digest } of imported) {
    const [repository = ''] = reference.split(/[:@]/, 1);
    const name = reference.includes('@') ? digest : reference.slice(repository.length + 1);
    expect((await target.resolve(repository, name))?.digest).toBe(digest);
    const { mediaType, bytes } = target.manifests.get(`${repository}@${digest}`) ?? missing(reference);
    requireAll(target, repository, { mediaType, digest, size: bytes.length }, bytes);
  }
}

function missing(reference: string): never {
  throw new Error(`${reference} counts as imported, and the target does not have its manifest`);
}

describe('archives that nobody of good will made', () => {
  it(
    'are refused with a reason, or imported whole: no tag is visible whose content is not there',
    async () => {
      await fc.assert(
        fc.asyncProperty(hostileArchives, fc.boolean(), async (bytes, continueOnErrors) => {
          const archive = await openOrRefuse(bufferReader(bytes));
          if (archive === undefined) return;
          const target = createStrictTarget();
          const result = await importArchive(archive, target, { overwriteTags: false, continueOnErrors });
          for (const { error } of result.failures) expect(error.class).toMatch(/^(artifact|conflict)$/);
          await checkVisible(target, result.imported);
          imported += result.imported.length;
          refused += result.failures.length;
        }),
        fuzzed(2500),
      );
      expect(Math.min(opened, imported, refused)).toBeGreaterThan(0);
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'cost no more memory than their headers and index, whatever sizes they state',
    async () => {
      await fc.assert(
        fc.asyncProperty(hostileArchives, async (bytes) => {
          const asked: number[] = [];
          await openOrRefuse(endless(bytes, asked));
          expect(asked.length).toBeLessThan(100);
        }),
        fuzzed(1200),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
