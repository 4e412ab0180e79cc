import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostExitError, spawnHost } from '../../../local/host/client.ts';
import { fixture, HostUnderTest } from './host-under-test.ts';

describe('a host that cannot start', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'host-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  async function fault(app: string, port = 0, env: Record<string, string> = {}): Promise<HostExitError> {
    const settings = { PATH: process.env.PATH ?? '', NOTES: join(dataDir, 'notes'), ...env };
    const starting = spawnHost({ appDir: fixture(app), port, dataDir, env: settings });
    const error = await starting.then(
      async (host) => {
        await host.kill();
        throw new Error('the host started');
      },
      (reason: unknown) => reason,
    );
    if (error instanceof HostExitError) return error;
    throw error;
  }

  it('ends with 3 and names the port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await fault('app', port);
    server.close();
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(`port ${port} on 127.0.0.1 is taken`);
  });

  it.each([
    ['empty', 'no function was registered by index.js'],
    ['broken', 'broken on purpose'],
    ['refused', "not served by this host: 'letters' has a binding of type 'queueTrigger'"],
    ['foreign', "the app's durable-functions package is not one that this host knows"],
    ['missing', 'no host.json in '],
    ['blobs', "setting 'Store__blobServiceUri' is missing"],
    ['app', "'%YEARLY_SCHEDULE%' names a setting that does not exist"],
  ])('ends with 1 and says what is wrong with app %s', async (app, message) => {
    const error = await fault(app);
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain(message);
  });

  it('ends with 1 for a level of the log that does not exist', async () => {
    expect((await fault('empty', 0, { LOCAL_HOST_LOG: 'loud' })).message).toContain("LOCAL_HOST_LOG is 'loud'");
  });

  it('does not share its data folder', async () => {
    const first = new HostUnderTest('impatient');
    await first.start();
    const second = spawnHost({ appDir: fixture('impatient'), port: 0, dataDir: first.dataDir, env: {} });
    await expect(second).rejects.toThrow('another host uses this data folder');
    expect((await first.call('/api/quick')).text).toBe('quick');
    await first.dispose();
  });
});

describe('a host that has to end', () => {
  const host = new HostUnderTest('impatient');
  afterEach(() => host.dispose());

  it('ends with 1 when an invocation runs over functionTimeout', async () => {
    await host.start();
    await expect(host.call('/api/hangs')).rejects.toThrow();
    expect((await host.process.exited).code).toBe(1);
    expect(host.lines.join('\n')).toMatch(/critical Function\.hangs: invocation .* is over functionTimeout/);
  });

  it('ends with 1 when a handler leaves a failed promise behind', async () => {
    await host.start();
    await host.call('/api/stray').catch(() => undefined);
    expect((await host.process.exited).code).toBe(1);
    expect(host.lines.join('\n')).toContain('left behind');
  });
});
