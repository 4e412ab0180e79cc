import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { portSetting } from '../../local/cloud/ports.ts';
import { transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { isAlive, readEndpoints, startCommand } from '../support/start.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-start-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const start = (args: string[], env: Record<string, string> = {}) => startCommand(dir, args, env);

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

describe('npm start', () => {
  it.concurrent('with --once --json prints the transfer document and nothing else, and exits 0', async () => {
    const { output, exited } = start(['--once', '--json']);
    expect(await exited).toBe(0);
    const document = transferDocumentSchema.parse(JSON.parse(output.out));
    expect(document).toMatchObject({
      state: 'Succeeded',
      route: 'source-to-target',
      counts: { total: 5, Transferred: 5 },
    });
    expect(document.artifacts?.map(({ artifact }) => artifact)).toContain('samples/multi:1.0');
    expect(await exists(join(dir, 'endpoints.json'))).toBe(false);
  });

  it.concurrent('breaks what it is told to, says what, and all arrives nevertheless', async () => {
    const faults = [
      '--fault',
      'lost-answer',
      '--fault',
      '{"services":["arm"],"times":2,"fault":{"kind":"delay","delayMs":1}}',
    ];
    const env = { LOCAL_DIR: join(dir, 'broken') };
    const { output, exited } = start(['--once', ...faults, '--fault-seed', '42'], env);
    expect(await exited).toBe(0);
    expect(output.out).toContain('Succeeded: 5 Transferred of 5');
    expect(output.err).toMatch(/Fault f1: .*lost-answer.*\n.*Fault f2: .*delay.*\n.*drawn from seed 42/);
    const calls = (await readFile(join(dir, 'broken', 'logs', 'calls.jsonl'), 'utf8')).trim().split('\n');
    const broken = calls.flatMap((line) => JSON.parse(line).fault ?? []);
    expect(broken.sort()).toEqual(['f1 cut after', 'f1 cut after', 'f2 delay 1 ms', 'f2 delay 1 ms']);
  });

  it('keeps the state: the second time everything is there already', async () => {
    const { output, exited } = start(['--once']);
    expect(await exited).toBe(0);
    expect(output.out).toContain('Succeeded: 5 AlreadyPresent of 5');
  });

  it('says while it is up where all is, and stops everything on Ctrl-C', async () => {
    const { child, output, exited } = start([]);
    while (!output.err.includes('Ctrl-C stops')) await sleep(50);
    const file = join(dir, 'endpoints.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const endpoints = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(endpoints).sort()).toEqual(
      ['ca', 'control', 'functions', 'identity', 'pid', 'proxy', 'route', 'source', 'target'].sort(),
    );
    const health = await fetch(`${endpoints.functions.url}/api/health`);
    expect(await health.json()).toEqual({ state: 'ok', routes: { usable: 1, unusable: 0 } });
    const { username, password, loginServer } = endpoints.target.registry;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const tags = await fetch(`http://${loginServer}/v2/samples/hello/tags/list`, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect(((await tags.json()) as { tags: string[] }).tags.sort()).toEqual(['latest', 'v1', 'v2']);
    const second = start(['--once']);
    expect(await second.exited).toBe(1);
    expect(second.output.err).toContain(`in use by process ${child.pid}`);
    child.kill('SIGINT');
    expect(await exited).toBe(0);
    expect(isAlive(endpoints.functions.pid)).toBe(false);
    expect(await exists(file)).toBe(false);
    await expect(fetch(`http://${loginServer}/v2/`)).rejects.toThrow('fetch failed');
  });

  it('starts a host that dies again on its port, and ends with its last lines when it dies twice in short order', async () => {
    const { output, exited } = start([]);
    while (!output.err.includes('Ctrl-C stops')) await sleep(50);
    const readIt = () => readEndpoints<{ functions: { url: string; pid: number } }>(dir);
    const first = await readIt();
    process.kill(first.functions.pid, 'SIGKILL');
    let second = first;
    while (second.functions.pid === first.functions.pid) {
      await sleep(50);
      second = await readIt();
    }
    expect(second.functions.url).toBe(first.functions.url);
    expect((await fetch(`${second.functions.url}/api/health`)).status).toBe(200);
    process.kill(second.functions.pid, 'SIGKILL');
    expect(await exited).toBe(1);
    expect(output.err).toMatch(/died twice:\n.*functions on port/s);
    expect(await exists(join(dir, 'endpoints.json'))).toBe(false);
  });

  it.concurrent('names a port that is taken and exits 3', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    try {
      const named = async (name: 'registryTarget' | 'azurite' | 'functions') => {
        const env = { LOCAL_DIR: join(dir, name), [portSetting(name)]: String(port) };
        const { output, exited } = start(['--once'], env);
        expect(await exited).toBe(3);
        expect(output.err).toContain(`Port ${port} (${name}) is taken`);
        expect(output.err).toContain(portSetting(name));
      };
      await Promise.all((['registryTarget', 'azurite', 'functions'] as const).map(named));
    } finally {
      blocker.close();
    }
  });

  it.concurrent.each([
    [['--json'], {}, '--json was given without --once'],
    [['--twice'], {}, "'--twice'"],
    [['--fault', 'nothing'], {}, "The fault is 'nothing'; allowed: throttled,"],
    [['--fault-seed', '-1'], {}, 'fault-seed'],
    [[], { LOCAL_SAMPLES: 'none' }, "LOCAL_SAMPLES is 'none'; allowed: large, small"],
    [[], { LOCAL_PORT_ARM: 'many' }, "LOCAL_PORT_ARM is 'many'"],
  ])('refuses %j with %j and exits 2', async (args, env, message) => {
    const { output, exited } = start(args, env as Record<string, string>);
    expect(await exited).toBe(2);
    expect(output.err).toContain(message);
    expect(output.out).toBe('');
  });
});
