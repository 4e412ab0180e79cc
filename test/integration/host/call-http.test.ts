import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostUnderTest } from './host-under-test.ts';

/** What the service of the test was asked, and how it answers. */
interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('callHttp in the host', () => {
  const seen: Seen[] = [];
  const polls = new Map<string, number>();
  const server = createServer((request, response) => void respond(request, response));
  let host: HostUnderTest;
  let origin: string;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
    if (path.startsWith('/identity')) json(response, 200, { access_token: 'a-token', expires_in: 3600 });
    else if (path.startsWith('/long')) accept(response, `/poll${path}`);
    else if (path.startsWith('/poll')) poll(path, response);
    else if (path === '/teapot') json(response, 418, { short: 'stout' });
    else json(response, 200, { path });
  }

  function poll(path: string, response: ServerResponse): void {
    const count = (polls.get(path) ?? 0) + 1;
    polls.set(path, count);
    if (count < 3) accept(response, path, count === 1 ? '1' : undefined);
    else json(response, 200, { polled: path });
  }

  function accept(response: ServerResponse, location: string, retryAfter?: string): void {
    response.writeHead(202, { location, ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }).end();
  }

  function json(response: ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    host = new HostUnderTest('app', { IDENTITY_ENDPOINT: `${origin}/identity`, IDENTITY_HEADER: 'a-secret' });
    await host.start();
  });
  afterAll(async () => {
    await host.dispose();
    server.close();
    server.closeAllConnections();
  });

  const callOut = (options: object) => host.run('callOut', options);
  const seenAt = (path: string) => seen.filter((one) => one.path === path);

  it('sends method, headers and body, and gets status, headers and content', async () => {
    const options = { method: 'POST', url: `${origin}/plain`, body: { a: 1 }, headers: { 'x-mine': 'yes' } };
    expect(await callOut(options)).toEqual({ statusCode: 200, content: '{"path":"/plain"}', type: 'application/json' });
    expect(seenAt('/plain')).toMatchObject([{ method: 'POST', body: '{"a":1}', headers: { 'x-mine': 'yes' } }]);
  });

  it('takes any status as an answer, and no connection as a failure', async () => {
    expect(await callOut({ method: 'GET', url: `${origin}/teapot` })).toMatchObject({ statusCode: 418 });
    expect(await callOut({ method: 'GET', url: 'http://127.0.0.1:1/x?sig=hidden' })).toEqual({
      error: expect.stringMatching(/GET http:\/\/127\.0\.0\.1:1\/x failed: /),
    });
  });

  it('polls where a 202 points, with durable timers, until there is another answer', async () => {
    const headers = { 'x-mine': 'yes', 'x-functions-key': 'only for the first' };
    const options = { method: 'POST', url: `${origin}/long/1`, body: 'start', headers };
    const answer = await host.run('callOut', options, 'polls');
    expect(answer).toMatchObject({ statusCode: 200, content: '{"polled":"/poll/long/1"}' });
    expect(seenAt('/long/1')).toMatchObject([{ method: 'POST', body: 'start', headers }]);
    const asked = seenAt('/poll/long/1');
    expect(asked.map(({ method, body }) => [method, body])).toEqual(Array.from({ length: 3 }, () => ['GET', '']));
    const { history } = await host.status('polls');
    const answers = (history as { EventType: string }[]).map(({ EventType }) => EventType).slice(1, -1);
    const [call, timer] = ['TaskCompleted', 'TimerFired'];
    expect(answers.filter((type) => type === call || type === timer)).toEqual([
      call,
      timer,
      call,
      timer,
      call,
      timer,
      call,
    ]);
    expect(asked[0]?.headers).toMatchObject({ 'x-mine': 'yes' });
    expect(asked[0]?.headers).not.toHaveProperty('x-functions-key');
  });

  it('does not poll when it was told not to', async () => {
    const options = { method: 'GET', url: `${origin}/long/2`, enablePolling: false };
    expect(await callOut(options)).toMatchObject({ statusCode: 202 });
    expect(seenAt('/poll/long/2')).toEqual([]);
  });

  it('keeps several calls apart', async () => {
    expect(await host.run('callOutTwice', `${origin}/long/3`)).toEqual([
      '{"polled":"/poll/long/3/a"}',
      '{"polled":"/poll/long/3/b"}',
      '',
      'after',
    ]);
  });

  it("takes a token of the app's identity along, which no history shows", async () => {
    await host.run(
      'callOut',
      { method: 'GET', url: `${origin}/secured`, identity: 'https://management.test/' },
      'token',
    );
    expect(seenAt('/secured')[0]?.headers.authorization).toBe('Bearer a-token');
    const asked = seen.find(({ path }) => path.startsWith('/identity'));
    expect(new URL(asked?.path ?? '', origin).searchParams.get('resource')).toBe('https://management.test');
    expect(JSON.stringify(await host.status('token'))).not.toContain('a-token');
  });
});
