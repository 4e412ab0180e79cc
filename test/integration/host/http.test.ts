import { FUNCTION_KEY, HostUnderTest, MASTER_KEY } from './host-under-test.ts';

describe('HTTP functions in the host', () => {
  const host = new HostUnderTest('app', { SETTING: 'from the environment' });
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  it('get method, parameters, query and body, and answer with headers and cookies', async () => {
    const answer = await host.call('/api/echo/7/a%20b/c?q=1&q=2', { method: 'POST', body: 'the body' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-seen')).toBe('yes');
    expect(answer.headers.get('set-cookie')).toBe('c=1; Path=/; HttpOnly');
    expect(answer.json).toEqual({
      method: 'POST',
      params: { n: '7', rest: 'a b/c' },
      query: ['1', '2'],
      body: 'the body',
    });
  });

  it('are not found under another path, method or parameter', async () => {
    const paths = ['/api/nowhere', '/echo/7', '/api/echo/seven', '/', '//api/echo/7'];
    const statuses = await Promise.all(paths.map(async (path) => (await host.call(path)).status));
    expect(statuses).toEqual(paths.map(() => 404));
    expect((await host.call('/api/echo/7', { method: 'DELETE' })).status).toBe(404);
  });

  it.each([
    ['guarded', undefined, 401],
    ['guarded', 'wrong', 401],
    ['guarded', FUNCTION_KEY, 200],
    ['guarded', MASTER_KEY, 200],
    ['adminOnly', FUNCTION_KEY, 401],
    ['adminOnly', MASTER_KEY, 200],
  ])('%s with key %s is answered with %d', async (name, key, expected) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'x-functions-key': key };
    expect((await host.call(`/api/${name}`, { headers })).status).toBe(expected);
    expect((await host.call(`/api/${name}${key === undefined ? '' : `?code=${key}`}`)).status).toBe(expected);
  });

  it('answer 204 for nothing and 500 for an error, which is logged', async () => {
    expect(await host.call('/api/nothing')).toMatchObject({ status: 204, text: '' });
    expect(await host.call('/api/throws')).toMatchObject({ status: 500, text: '' });
    expect(host.lines.some((line) => /error Function\.throws: .*thrown on purpose/.test(line))).toBe(true);
  });

  it('see the settings, but not the keys of the host', async () => {
    const { json } = await host.call('/api/environment');
    expect(json).toEqual({ setting: 'from the environment', host: `127.0.0.1:${host.process.port}` });
  });

  it('get what a hook made of their input', async () => {
    expect((await host.call('/api/hooked')).json).toEqual({ changed: true });
  });

  it('run between the hooks of the app: at its start, around every call, at its end', async () => {
    expect((await host.call('/api/hookedAfter')).json).toEqual({ answer: 'of the hook', seen: 'of the handler' });
    expect((await host.call('/api/hookedError')).json).toEqual({ caught: 'thrown for the hook' });
    await host.process.stop();
    expect(host.notes().filter((note) => note.startsWith('app '))).toEqual(['app starts', 'app terminates']);
    await host.start();
  });

  it('are refused bodies that the runtime would not take', async () => {
    const tooLarge = host.call('/api/echo/1', { method: 'POST', body: Buffer.alloc(101 * 1024 * 1024) });
    const status = await tooLarge.then(
      (answer) => answer.status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(status);
    expect((await host.call('/api/echo/1')).status).toBe(200);
  });

  it('can be run by hand only when they are timers, with the master key', async () => {
    const runByHand = (name: string, key: string) =>
      host.call(`/admin/functions/${name}`, {
        method: 'POST',
        headers: { 'x-functions-key': key },
        body: '{"input":""}',
      });
    expect((await runByHand('yearly', FUNCTION_KEY)).status).toBe(401);
    expect((await runByHand('yearly', MASTER_KEY)).status).toBe(202);
    expect((await runByHand('echo', MASTER_KEY)).status).toBe(400);
    expect((await runByHand('nowhere', MASTER_KEY)).status).toBe(404);
  });
});
