import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Certificates } from '../../../local/certificates.ts';
import { ensureCertificates } from '../../../local/certificates.ts';
import { PortTakenError, serve } from '../../../local/http.ts';
import { startStorage } from '../../../local/storage/server.ts';
import { TokenAuthority } from '../../../local/tokens.ts';

let dir: string;
let certificates: Certificates;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
  certificates = await ensureCertificates(join(dir, 'certificates'));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

function options(ports: { port: number; azuritePort: number }) {
  return { ...ports, dir: join(dir, 'storage'), certificates, tokens: new TokenAuthority(certificates.signingKey) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the process of Azurite', () => {
  it('is not started when its port, or the port of the front, is taken', async () => {
    const other = await serve((_request, response) => void response.end(), { port: 0 });

    const onAzuritePort = startStorage(options({ port: 0, azuritePort: other.port }));
    await expect(onAzuritePort).rejects.toEqual(new PortTakenError(other.port));
    const onFrontPort = startStorage(options({ port: other.port, azuritePort: 0 }));
    await expect(onFrontPort).rejects.toEqual(new PortTakenError(other.port));
    await other.stop();
  });

  it('tells when it ended by itself', async () => {
    const storage = await startStorage(options({ port: 0, azuritePort: 0 }));
    process.kill(storage.azuritePid, 'SIGKILL');

    expect(await storage.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await storage.stop();
  });

  it('ends with the program that started it, even when that is killed', async () => {
    const script = `
      const { startAzurite } = await import(${JSON.stringify(urlOf('local/storage/azurite.ts'))});
      const { ensureCertificates } = await import(${JSON.stringify(urlOf('local/certificates.ts'))});
      const [certificatesDir, dir] = process.argv.slice(1);
      const azurite = await startAzurite({ port: 0, dir, certificates: await ensureCertificates(certificatesDir) });
      console.log(azurite.pid);
    `;
    const folders = [join(dir, 'certificates'), join(dir, 'orphan')];
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...folders], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    expect(isAlive(pid)).toBe(true);

    parent.kill('SIGKILL');

    while (isAlive(pid)) await delay(20);
  });
});

function urlOf(path: string): string {
  return pathToFileURL(join(import.meta.dirname, '../../..', path)).href;
}
