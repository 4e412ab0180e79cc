import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Handler, RunningServer } from '../../../local/http.ts';
import { bearerOf, PortTakenError, readBody, sendJson, serve } from '../../../local/http.ts';

const lines: string[] = [];
const running: RunningServer[] = [];

async function start(handler: Handler): Promise<number> {
  const server = await serve(handler, { port: 0, log: (line) => lines.push(line) });
  running.push(server);
  return server.port;
}

afterEach(async () => {
  lines.length = 0;
  for (const server of running.splice(0)) await server.stop();
});

async function post(port: number, body: Buffer, headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const call = open(port, { 'content-length': String(body.length), ...headers });
  call.end(body);
  return await answerOf(call);
}

function open(port: number, headers: Record<string, string>): ClientRequest {
  return httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/a?b=c', headers, agent: false });
}

async function answerOf(call: ClientRequest): Promise<[number, unknown]> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const text = (await readBody(answer)).toString();
  return [answer.statusCode ?? 0, text === '' ? undefined : JSON.parse(text)];
}

/** Sends text as it is; gives everything that comes back until the server closes. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe('serve', () => {
  it('gives the handler an absolute URL, and the client its JSON', async () => {
    const port = await start((_request, response, url) => sendJson(response, 200, { url: url.href }));

    expect(await post(port, Buffer.alloc(0), { host: 'x.source.test' })).toEqual([
      200,
      { url: 'http://x.source.test/a?b=c' },
    ]);
  });

  it('does not take a path that begins with two slashes for a host', async () => {
    const port = await start((_request, response, url) => sendJson(response, 200, [url.hostname, url.pathname]));

    const answer = await sendRaw(port, 'GET //evil/path HTTP/1.1\r\nHost: good\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('["good","//evil/path"]');
  });

  it('answers 400 to a request whose URL cannot be used', async () => {
    const port = await start((_request, response) => sendJson(response, 200, 'reached'));

    const answer = await sendRaw(port, 'OPTIONS * HTTP/1.1\r\nHost: good\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('turns what a handler throws into a 500 and logs it', async () => {
    const port = await start(async () => {
      throw new Error('broken on purpose');
    });

    const [status, body] = await post(port, Buffer.from('x'));
    expect([status, body]).toEqual([
      500,
      { error: { code: 'InternalServerError', message: 'Error: broken on purpose' } },
    ]);
    expect(lines.join('\n')).toContain('broken on purpose');
  });

  it('answers Expect: 100-continue before the body is sent', async () => {
    const port = await start(async (request, response) => {
      sendJson(response, 200, { sizeBytes: (await readBody(request)).length });
    });
    const call = open(port, { expect: '100-continue', 'content-length': '3' });
    call.flushHeaders();
    await once(call, 'continue');
    call.end('abc');

    expect(await answerOf(call)).toEqual([200, { sizeBytes: 3 }]);
  });

  it('names the port that is taken', async () => {
    const port = await start(() => undefined);

    await expect(serve(() => undefined, { port })).rejects.toThrow(PortTakenError);
    await expect(serve(() => undefined, { port })).rejects.toThrow(String(port));
  });

  it('stops although a request hangs and a connection is idle', async () => {
    const server = await serve(() => undefined, { port: 0 });
    const idle = connect(server.port, '127.0.0.1');
    const hanging = open(server.port, {});
    const broken = once(hanging, 'error');
    hanging.end();
    await Promise.all([once(idle, 'connect'), once(hanging, 'finish')]);
    const closed = once(idle.resume(), 'close');

    await server.stop();
    await server.stop();

    await Promise.all([broken, closed]);
  });
});

describe('an answer given before the request body was read', () => {
  const body = Buffer.alloc(8 * 1024 * 1024, 1);

  it('reaches a client that sends all of its body first', async () => {
    const port = await start((_request, response) => sendJson(response, 403, { error: 'refused' }));

    expect(await post(port, body, { connection: 'close' })).toEqual([403, { error: 'refused' }]);
  });

  it('reaches it also when the body is too large for its reader', async () => {
    const port = await start(async (request, response) => {
      sendJson(response, 200, (await readBody(request, 1000)).length);
    });

    const [status, answer] = await post(port, body, { connection: 'close' });
    expect(status).toBe(413);
    expect(answer).toMatchObject({ error: { code: 'RequestBodyTooLarge' } });
    expect(JSON.stringify(answer)).toContain('1000 bytes');
  });
});

describe('readBody', () => {
  it('rejects when the client goes away in the middle', async () => {
    let result: Promise<unknown> = Promise.resolve();
    const reached = new Promise<void>((resolve) => {
      void start((request) => {
        result = readBody(request).then(
          () => 'read',
          () => 'rejected',
        );
        resolve();
      }).then((port) => {
        const call = open(port, { 'content-length': '100' });
        call.on('error', () => undefined);
        call.write('some');
        void reached.then(() => call.destroy());
      });
    });
    await reached;

    expect(await result).toBe('rejected');
  });
});

describe('bearerOf', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer a b', undefined],
    [undefined, undefined],
  ])('reads %p as %p', (authorization, token) => {
    expect(bearerOf({ headers: { authorization } } as IncomingMessage)).toBe(token);
  });
});
