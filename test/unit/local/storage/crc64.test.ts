import { Readable } from 'node:stream';
import fc from 'fast-check';
import { Crc64 } from '../../../../local/storage/crc64.ts';

interface AzuriteUtils {
  getCRC64FromString(content: string | Buffer): Uint8Array;
  computeTransactionalChecksums(stream: Readable, ...wanted: object[]): Promise<Record<'md5' | 'crc64', unknown>>;
}

/** Azurite's module, loaded anew. */
function azuriteUtils(): AzuriteUtils {
  jest.resetModules();
  return jest.requireActual('azurite/dist/src/common/utils/utils.js');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('Crc64', () => {
  it('is CRC-64/NVME, low byte first', () => {
    expect(hex(new Crc64().update(Buffer.from('123456789')).digest())).toBe('8898790a86148bae');
    expect(hex(new Crc64().digest())).toBe('0000000000000000');
  });

  it("is Azurite's own, in whatever pieces and at whatever offset the bytes come", () => {
    const { getCRC64FromString } = azuriteUtils();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), (bytes, cuts) => {
        const crc64 = new Crc64();
        let from = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          crc64.update(bytes.subarray(from, Math.min(cut, bytes.length)));
          from = Math.min(cut, bytes.length);
        }
        expect(hex(crc64.digest())).toBe(hex(getCRC64FromString(Buffer.from(bytes))));
      }),
    );
  });
});

describe("Azurite's checksums", () => {
  const content = () => Readable.from([Buffer.from('a body'), Buffer.from(' of two pieces')]);
  const WANTED = [[{}, { crc64: true }], [{ md5: 'x' }, { crc64: false }], [{ crc64: 'x' }, { md5: true }], [{}]];

  it.each(WANTED)('are the same with ours in place: %j %j', async (...wanted) => {
    const utils = azuriteUtils();
    const own = utils.computeTransactionalChecksums;
    const before = await own(content(), ...wanted);
    await import('../../../../local/storage/azurite-checksums.ts');
    expect(utils.computeTransactionalChecksums).not.toBe(own);
    expect(await utils.computeTransactionalChecksums(content(), ...wanted)).toEqual(before);
  });
});
