import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFile, makePrivateFolder, replaceFile } from '../../../local/atomic-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('replaceFile', () => {
  it('replaces the text, keeps it private and leaves nothing else behind', async () => {
    const path = join(dir, 'file');
    await replaceFile(path, 'one');
    await replaceFile(path, 'two');

    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['file']);
  });

  it('fails when the folder is missing', async () => {
    await expect(replaceFile(join(dir, 'missing', 'file'), 'x')).rejects.toThrow(/ENOENT/);
  });
});

describe('createFile', () => {
  it('lets exactly one of many win, whose text stays', async () => {
    const path = join(dir, 'file');
    const won = await Promise.all(['a', 'b', 'c', 'd'].map((text) => createFile(path, text)));

    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(['a', 'b', 'c', 'd'][won.indexOf(true)]);
    expect(await readdir(dir)).toEqual(['file']);
  });
});

describe('makePrivateFolder', () => {
  it('makes all of a path, closed to others, and does not mind that it is there', async () => {
    const path = join(dir, 'a', 'b');
    await makePrivateFolder(path);
    await makePrivateFolder(path);

    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });
});
