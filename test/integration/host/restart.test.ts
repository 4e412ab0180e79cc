import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, fixture, HostUnderTest, MASTER_KEY } from './host-under-test.ts';

describe('a host that is killed', () => {
  const host = new HostUnderTest('app');
  afterEach(() => host.dispose());

  it('completes every orchestration with the right result, and every effect at least once', async () => {
    const ids = Array.from({ length: 30 }, (_, number) => `s${number}`);
    await host.start();
    await Promise.all(ids.map((id) => host.begin('stress', id)));
    for (const delayMs of [30, 120, 60, 200, 90]) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await host.process.kill();
      await host.start();
    }
    for (const id of ids) {
      const { output } = await host.until(id, 'Completed');
      expect(output).toEqual([3, `${id}:c2`, `${id}:z`]);
    }
    const marks = new Set(host.notes().filter((note) => note.startsWith('mark ')));
    const expected = ids.flatMap((id) => ['a1', 'a2', 'a3', 'c1', 'c2', 'z'].map((step) => `mark ${id}:${step}`));
    expect(marks).toEqual(new Set(expected));
  });
});

describe('a host that is started again', () => {
  const host = new HostUnderTest('app');
  afterEach(() => host.dispose());

  it('fires the timers, keeps the events and takes the URLs of the one before', async () => {
    await host.start({ LOCAL_HOST_KEY: '', LOCAL_HOST_MASTER_KEY: MASTER_KEY });
    await host.begin('sleepUntil', 'sleeper', 300);
    await host.begin('raceTimer', 'waiter', 3_600_000);
    await host.until('waiter', 'Running');
    await host.operate('suspend', 'waiter');
    await host.until('waiter', 'Suspended');
    await host.operate('raise', 'waiter', { name: 'go', value: 'kept' });
    const { json } = await host.call('/api/start/fan/link', { method: 'POST', body: '2' });
    const { statusQueryGetUri } = json as { statusQueryGetUri: string };
    const before = host.process.port;
    await host.process.stop();
    expect((await host.process.exited).code).toBe(0);
    await host.start({ LOCAL_HOST_KEY: '' });
    expect(await host.until('sleeper', 'Completed')).toMatchObject({ output: 'awake' });
    await host.operate('resume', 'waiter');
    expect(await host.until('waiter', 'Completed')).toMatchObject({ output: 'kept' });
    const url = statusQueryGetUri.replace(`:${before}/`, `:${host.process.port}/`);
    expect((await fetch(url)).status).toBeLessThan(300);
  });
});

describe('a host that is told to stop', () => {
  const host = new HostUnderTest('app');
  afterEach(() => host.dispose());

  it('lets running invocations end, answers them, and takes nothing new', async () => {
    await host.start();
    const sleeping = host.call('/api/sleep?ms=400');
    await host.begin('fan', 'f1', 1);
    await host.until('f1', 'Completed');
    const stopped = host.process.stop();
    await eventually(() => host.lines.find((line) => line.includes('SIGTERM: stopping')));
    expect(
      await host.call('/api/nothing').then(
        ({ status }) => status,
        () => 'refused',
      ),
    ).not.toBe(204);
    expect(await sleeping).toMatchObject({ status: 200, text: 'slept' });
    await stopped;
    expect(await host.process.exited).toEqual({ code: 0, signal: null });
  });

  it('does not wait for ever, and runs again what it cut off', async () => {
    await host.start();
    await host.begin('overlong', 'o1');
    await host.until('o1', 'Running');
    await host.process.stop();
    expect(await host.process.exited).toEqual({ code: 0, signal: null });
    await host.start();
    expect(await host.status('o1')).toMatchObject({ runtimeStatus: 'Running' });
    expect(host.lines.findLast((line) => line.includes('taking up'))).toContain('taking up 1 activities');
  });
});

describe('a host whose starter is killed', () => {
  const host = new HostUnderTest('impatient');
  afterEach(() => host.dispose());

  it('stops by itself', async () => {
    const client = pathToFileURL(join(import.meta.dirname, '../../../local/host/client.ts')).href;
    const code = `
      import { spawnHost } from '${client}';
      const host = await spawnHost(JSON.parse(process.argv[1]));
      process.stdout.write(String(host.pid));`;
    const options = { appDir: fixture('impatient'), port: 0, dataDir: host.dataDir, env: {} };
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code, JSON.stringify(options)];
    const starter = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(starter.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await eventually(() => (isAlive(pid) ? undefined : true));
  });

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});

describe('a timer', () => {
  const host = new HostUnderTest('app');
  afterEach(() => host.dispose());

  it('runs at its times, by hand, and once after a start for all runs that were missed', async () => {
    const yearly = () => host.notes().filter((note) => note.startsWith('yearly'));
    await host.start();
    await eventually(() => (host.notes().filter((note) => note === 'second').length >= 2 ? true : undefined));
    expect(yearly()).toEqual([]);
    await host.call('/admin/functions/yearly', {
      method: 'POST',
      headers: { 'x-functions-key': MASTER_KEY },
      body: '{}',
    });
    await eventually(() => yearly()[0]);
    expect(yearly()).toEqual(['yearly false 0001-01-01T00:00:00']);
    await host.process.stop();
    host.missTimer('yearly');
    await host.start();
    await eventually(() => yearly()[1]);
    expect(yearly()[1]).toBe('yearly true 0001-01-01T00:00:00');
    await host.process.stop();
    await host.start();
    await eventually(() => host.lines.findLast((line) => line.includes('functions on port')));
    expect(yearly()).toHaveLength(2);
  });
});
