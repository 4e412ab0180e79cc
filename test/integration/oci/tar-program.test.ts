import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openFileReader } from '../../../src/oci/archive/file-reader.ts';
import { formatFileHeader } from '../../../src/oci/archive/tar-header.ts';
import { scanTar } from '../../../src/oci/archive/tar-scan.ts';
import { listOf } from '../../support/streams.ts';

const execute = promisify(execFile);
const long = `blobs/sha512/${'0'.repeat(128)}`;

describe('the tar program', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tar-program-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('reads headers with a long path', async () => {
    const file = join(directory, 'ours.tar');
    const entries = ['short', long].flatMap((name) => [
      formatFileHeader(name, 3),
      Buffer.from('abc'),
      Buffer.alloc(509),
    ]);
    await writeFile(file, Buffer.concat([...entries, Buffer.alloc(1024)]));
    expect((await execute('tar', ['-tf', file])).stdout).toBe(`short\n${long}\n`);
    expect((await execute('tar', ['-xOf', file, long])).stdout).toBe('abc');
  });

  it.each(['ustar', 'pax', 'gnu'])('writes what is read back, in the %s format', async (format) => {
    const file = join(directory, `${format}.tar`);
    await execute('mkdir', ['-p', join(directory, 'tree/blobs/sha512')]);
    const names = format === 'ustar' ? ['oci-layout'] : ['oci-layout', long];
    for (const name of names) await writeFile(join(directory, 'tree', name), 'content');
    await execute('tar', [`--format=${format}`, '-cf', file, '-C', join(directory, 'tree'), '.']);
    const reader = await openFileReader(file);
    try {
      const files = await listOf(scanTar(reader));
      expect(files.map(({ path, sizeBytes }) => [path, sizeBytes]).sort()).toEqual(
        names.map((name) => [name, 7]).sort(),
      );
    } finally {
      await reader.close();
    }
  });
});
