import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVaults, VaultFile } from '../../../../local/key-vault/state.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const secret = (value: string) => ({
  versions: [{ version: 'v1', value, enabled: true, created: 1, updated: 1 }],
});

describe('VaultFile', () => {
  it('is empty at first, and private once there is something in it', async () => {
    const file = new VaultFile(dir, 'a');
    expect(await file.read()).toEqual({ secrets: {}, deleted: {}, keys: {} });

    await file.change((state) => {
      state.secrets.one = secret('x');
    });
    expect((await new VaultFile(dir, 'a').read()).secrets.one).toEqual(secret('x'));
    expect((await stat(join(dir, 'a.json'))).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when a change throws, and goes on with the next', async () => {
    const file = new VaultFile(dir, 'a');
    const failing = file.change((state) => {
      state.secrets.bad = secret('x');
      throw new Error('refused');
    });
    const next = file.change((state) => Object.keys(state.secrets));

    await expect(failing).rejects.toThrow('refused');
    expect(await next).toEqual([]);
  });

  it('names a file that it did not write, and leaves it alone', async () => {
    const path = join(dir, 'a.json');
    await writeFile(path, '{"secrets":5}');

    await expect(new VaultFile(dir, 'a').read()).rejects.toThrow(path);
    await expect(new VaultFile(dir, 'a').change(() => 0)).rejects.toThrow(path);
    expect(await readFile(path, 'utf8')).toBe('{"secrets":5}');
  });
});

describe('openVaults', () => {
  it('gives each vault a file of its own', async () => {
    const vaults = await openVaults(join(dir, 'new'), ['a.vault.source.test', 'b.vault.source.test']);
    await vaults.get('a.vault.source.test')?.change((state) => {
      state.secrets.one = secret('x');
    });

    expect(await vaults.get('b.vault.source.test')?.read()).toEqual({ secrets: {}, deleted: {}, keys: {} });
  });
});
