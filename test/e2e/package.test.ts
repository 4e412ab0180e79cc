import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnHost } from '../../local/host/client.ts';

const CARRIED = ['src', 'scripts', 'build.ts', 'host.json', 'package.json', 'routes.sample.json', 'tsconfig.json'];
let dir: string;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'package-')));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The project in a folder of its own, with the packages that are installed: linked, so that all folders are of one depth. */
async function checkOut(name: string): Promise<string> {
  const folder = join(dir, name);
  await mkdir(folder, { recursive: true });
  for (const path of CARRIED) await cp(path, join(folder, path), { recursive: true });
  await symlink(await realpath('node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** `npm run package` as a shell runs it. */
function makePackage(folder: string, ...args: string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((settle) => {
    execFile('npm', ['run', '--silent', 'package', '--', ...args], { cwd: folder }, (error, out, text) => {
      settle({ code: error ? Number(error.code) : 0, out, error: text });
    });
  });
}

const hashOf = async (folder: string) =>
  createHash('sha256')
    .update(await readFile(join(folder, 'dist/acr-transfer.zip')))
    .digest('hex');

describe('npm run package', () => {
  it('makes the same bytes in any folder, prints their size, refuses bad routes, and runs without node_modules', async () => {
    const [one, other] = [await checkOut('one'), await checkOut('other')];
    const made = await makePackage(one, '--routes', 'routes.sample.json');
    expect(made).toMatchObject({ code: 0 });
    const { size } = await stat(join(one, 'dist/acr-transfer.zip'));
    expect(made.out).toMatch(new RegExp(`^ *${size} {2}dist/acr-transfer\\.zip \\(bytes\\)$`, 'm'));
    expect(await makePackage(other, '--routes', 'routes.sample.json')).toMatchObject({ code: 0 });
    expect(await hashOf(other)).toBe(await hashOf(one));

    await writeFile(join(other, 'bad.json'), '[{ "name": "A" }]');
    const refused = await makePackage(other, '--routes', 'bad.json');
    expect(refused.code).toBe(1);
    expect(refused.error).toMatch(/No package made: \d+ fault\(s\)\.\n {2}bad\.json \[0\]/);
    // The build before it has emptied dist: what was made of other routes is not taken for this one.
    await expect(stat(join(other, 'dist/acr-transfer.zip'))).rejects.toThrow('ENOENT');
    expect((await makePackage(other, '--fast')).code).toBe(2);

    const appDir = join(dir, 'deployed');
    await cp(join(one, 'dist/package'), appDir, { recursive: true });
    expect((await readdir(appDir)).sort()).toEqual(['dist', 'host.json', 'package.json', 'routes.json']);
    const env = { PATH: process.env.PATH ?? '', BLOB_TRIGGER_SOURCE: 'EventGrid' };
    const host = await spawnHost({ appDir, port: 0, dataDir: join(dir, 'data'), env });
    const answer = await fetch(`http://127.0.0.1:${host.port}/api/health`);
    const body = await answer.json();
    await host.stop();
    // Routes are there; what is missing are the settings that a deployment brings.
    expect({ status: answer.status, body }).toMatchObject({ status: 503, body: { routes: { usable: 0 } } });
  }, 600_000);
});
