import { scanTar } from '../../../../src/oci/archive/tar-scan.ts';
import { bufferReader, listOf } from '../../../support/streams.ts';
import { tarEntry, tarOf } from '../../../support/tar.ts';

const scan = (bytes: Buffer) => listOf(scanTar(bufferReader(bytes)));
const pathsOf = async (bytes: Buffer) => (await scan(bytes)).map(({ path }) => path);
const paxOf = (...records: string[]) =>
  Buffer.from(records.map((record) => `${String(record.length + 4).padStart(2, '0')} ${record}\n`).join(''));

describe('scanTar', () => {
  it('finds files with their places, and passes directories over', async () => {
    const bytes = tarOf(
      { path: './', type: '5' },
      { path: 'blobs/', type: '5' },
      { path: './a', bytes: Buffer.alloc(600) },
      { path: 'b/c', type: '\0', hasMagic: false },
    );
    expect(await scan(bytes)).toEqual([
      { path: 'a', dataOffset: 1536, sizeBytes: 600 },
      { path: 'b/c', dataOffset: 3072, sizeBytes: 0 },
    ]);
  });

  it('takes path and size from a pax header, for the next entry only', async () => {
    const bytes = tarOf(
      { path: 'pax', type: 'x', bytes: paxOf('path=long/name', 'size=5', 'mtime=1.5') },
      { path: 'short', bytes: Buffer.from('abcde'), statedSizeBytes: 0 },
      { path: 'plain' },
    );
    expect(await scan(bytes)).toEqual([
      { path: 'long/name', dataOffset: 1536, sizeBytes: 5 },
      { path: 'plain', dataOffset: 2560, sizeBytes: 0 },
    ]);
  });

  it('takes a long name from a GNU header', async () => {
    const long = `blobs/sha512/${'0'.repeat(128)}`;
    const bytes = tarOf({ path: '././@LongLink', type: 'L', bytes: Buffer.from(`${long}\0`) }, { path: 'cut' });
    expect(await pathsOf(bytes)).toEqual([long]);
  });

  it('passes a global pax header over that sets neither path nor size', async () => {
    expect(await pathsOf(tarOf({ path: 'g', type: 'g', bytes: paxOf('comment=abcd') }, { path: 'a' }))).toEqual(['a']);
  });

  it.each([
    ['a hard link', { path: 'a', type: '1' }],
    ['a symbolic link', { path: 'a', type: '2' }],
    ['a character device', { path: 'a', type: '3' }],
    ['a block device', { path: 'a', type: '4' }],
    ['a FIFO', { path: 'a', type: '6' }],
    ['a sparse file', { path: 'a', type: 'S' }],
    ["of type 'Z'", { path: 'a', type: 'Z' }],
    ['long target', { path: '././@LongLink', type: 'K', bytes: Buffer.from('x') }],
    ['leads out', { path: '../a' }],
    ['leads out', { path: 'a/../../b' }],
    ['leads out', { path: '/etc/passwd' }],
    ['leads out', { path: 'a//b' }],
    ['leads out', { path: 'a\\b' }],
    ['leads out', { path: '' }],
    ['leads out', { path: '../', type: '5' }],
  ])('refuses %s (%j)', async (found, entry) => {
    await expect(scan(tarOf(entry))).rejects.toMatchObject({
      class: 'artifact',
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining(found),
    });
  });

  it.each([
    ['a record that is none', Buffer.from('nonsense\n')],
    ['a record longer than the header', Buffer.from('99 path=a\n')],
    ['a size that is no number', paxOf('size=12x4')],
    ['a sparse file', paxOf('GNU.sparse.major=1')],
  ])('refuses a pax header with %s', async (_, bytes) => {
    await expect(scan(tarOf({ path: 'x', type: 'x', bytes }, { path: 'a' }))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  it('refuses a path that leads out by way of a pax header', async () => {
    const bytes = tarOf({ path: 'x', type: 'x', bytes: paxOf('path=../../x') }, { path: 'a' });
    await expect(scan(bytes)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('refuses a global pax header that sets the path of all', async () => {
    const bytes = tarOf({ path: 'g', type: 'g', bytes: paxOf('path=abcdef') }, { path: 'a' });
    await expect(scan(bytes)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('refuses the same path twice, also when it is written differently', async () => {
    await expect(scan(tarOf({ path: 'a' }, { path: './a' }))).rejects.toThrow(/'a' is in the archive twice/);
  });

  it('refuses an extended header that would fill the memory', async () => {
    const bytes = tarOf({ path: 'x', type: 'x', statedSizeBytes: 2 ** 32 });
    await expect(scan(bytes)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('tells every cut archive from a whole one', async () => {
    const whole = tarOf({ path: 'a', bytes: Buffer.alloc(700, 1) }, { path: 'b', bytes: Buffer.alloc(10, 2) });
    for (const end of [0, 100, 512, 1000, 1212, 1536, 2048, 2050, 2560, 2561]) {
      await expect(scan(whole.subarray(0, end))).rejects.toMatchObject({
        class: 'artifact',
        code: 'ARCHIVE_TRUNCATED',
      });
    }
    await expect(scan(whole)).resolves.toHaveLength(2);
  });

  it('refuses paths that would fill the memory together, in a message of a few lines', async () => {
    const entries = Array.from({ length: 560 }, (_, n) => {
      const path = Buffer.from(`${n}/${'x'.repeat(60_000)}\0`);
      return [tarEntry({ path: 'long', type: 'L', bytes: path }), tarEntry({ path: 'f' })];
    });
    const refused = scan(Buffer.concat([...entries.flat(), Buffer.alloc(1024)]));
    await expect(refused).rejects.toThrow(/more than the 33554432 characters allowed/);
    const twice = [entries[0], entries[0]].flat().filter((entry) => entry !== undefined);
    await expect(scan(Buffer.concat(twice))).rejects.toThrow(/^.{1,400}$/);
  });

  it('refuses an entry that states more bytes than there are', async () => {
    await expect(scan(tarOf({ path: 'a', statedSizeBytes: 10_000_000 }))).rejects.toMatchObject({
      code: 'ARCHIVE_TRUNCATED',
    });
  });

  it('takes a reader that gives too little for a cut archive', async () => {
    const bytes = tarOf({ path: 'a' });
    const reader = { ...bufferReader(bytes.subarray(0, 300)), sizeBytes: bytes.length };
    await expect(listOf(scanTar(reader))).rejects.toMatchObject({ code: 'ARCHIVE_TRUNCATED' });
  });

  it('refuses what is no tar', async () => {
    await expect(scan(Buffer.alloc(2048, 0x41))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('reads small entries in few reads', async () => {
    const bytes = Buffer.concat([
      ...Array.from({ length: 40 }, (_, n) => tarEntry({ path: `f${n}` })),
      Buffer.alloc(1024),
    ]);
    const reader = bufferReader(bytes);
    let reads = 0;
    const counted = {
      ...reader,
      read: (offset: number, length: number) => {
        reads += 1;
        return reader.read(offset, length);
      },
    };
    await expect(listOf(scanTar(counted))).resolves.toHaveLength(40);
    expect(reads).toBe(1);
  });
});
