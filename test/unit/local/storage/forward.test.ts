import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from '../../../../local/certificates.ts';
import { ensureCertificates } from '../../../../local/certificates.ts';
import type { Handler, RunningServer } from '../../../../local/http.ts';
import { readBody, serve } from '../../../../local/http.ts';
import { forward } from '../../../../local/storage/forward.ts';

let dir: string;
let certificates: Certificates;
let agent: Agent;
let headers: Map<string, string>;
const running: RunningServer[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
  certificates = await ensureCertificates(dir);
});

beforeEach(() => {
  headers = new Map();
  agent = new Agent({ keepAlive: true, ca: certificates.ca, servername: 'localhost' });
});

afterEach(async () => {
  agent.destroy();
  for (const server of running.splice(0)) await server.stop();
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A front that passes everything on to `upstream` (a handler, or a port where nobody is); gives the front's port. */
async function front(upstream: Handler | number): Promise<number> {
  let port = upstream;
  if (typeof port !== 'number') {
    const server = await serve(upstream as Handler, { port: 0, tls: certificates.tls });
    running.push(server);
    port = server.port;
  }
  const target = port;
  const server = await serve(
    (incoming, response) => forward(incoming, response, { agent, port: target, path: incoming.url ?? '', headers }),
    { port: 0 },
  );
  running.push(server);
  return server.port;
}

function open(port: number, set: Record<string, string> = {}, method = 'PUT'): ClientRequest {
  return request({ host: '127.0.0.1', port, method, path: '/c/a%20b?comp=block', headers: set, agent: false });
}

async function answerOf(
  call: ClientRequest,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: (await readBody(answer)).toString() };
}

describe('forward', () => {
  it('passes path, body and headers on as they are, without those of the connection', async () => {
    headers = new Map([['x-set', 'by the front']]);
    const port = await front(async (incoming, response) => {
      const body = (await readBody(incoming)).toString();
      response.writeHead(201, { 'x-ms-answer': 'yes' });
      response.end(JSON.stringify({ url: incoming.url, body, headers: incoming.headers }));
    });
    const call = open(port, { connection: 'close', host: 'a.b', 'x-set': 'by the client', 'proxy-authorization': 'x' });
    call.end('bytes');

    const { status, headers: answered, body } = await answerOf(call);
    const seen = JSON.parse(body);
    expect([status, answered['x-ms-answer'], seen.url, seen.body]).toEqual([
      201,
      'yes',
      '/c/a%20b?comp=block',
      'bytes',
    ]);
    expect(seen.headers).toMatchObject({ host: 'a.b', 'x-set': 'by the front', connection: 'keep-alive' });
    expect(seen.headers['proxy-authorization']).toBeUndefined();
  });

  it('streams: the first bytes arrive behind it before the last ones are sent', async () => {
    let firstArrived: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      firstArrived = resolve;
    });
    const port = await front((incoming, response) => {
      incoming.once('data', firstArrived);
      incoming.on('end', () => response.end('done'));
    });
    const call = open(port, { 'content-length': '10' });
    call.write('first');
    await first;
    call.end('last.');

    expect((await answerOf(call)).body).toBe('done');
  });

  it('lets an answer through that comes while the body is still sent and nobody reads it any more', async () => {
    const port = await front((incoming, response) => {
      incoming.on('data', () => undefined).pause();
      response.writeHead(404, { 'content-length': '7' });
      response.end('refused');
    });
    const call = open(port, { connection: 'close' });
    call.end(Buffer.alloc(16 * 1024 * 1024));

    expect(await answerOf(call)).toMatchObject({ status: 404, body: 'refused' });
  });

  it('answers 503 when nobody is behind it', async () => {
    const call = open(await front(1));
    call.end(Buffer.alloc(1024 * 1024));

    const { status, headers: answered, body } = await answerOf(call);
    expect([status, answered['x-ms-error-code']]).toEqual([503, 'ServerBusy']);
    expect(body).toContain('<Code>ServerBusy</Code>');
  });

  it('breaks the connection when the answer behind it breaks off', async () => {
    const port = await front((_incoming, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => response.destroy());
    });
    const call = open(port, {}, 'GET');
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];

    await expect(readBody(answer)).rejects.toThrow();
  });

  it('ends the request behind it when the client goes away', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const port = await front((incoming) => {
      incoming.on('error', () => undefined).on('close', closed);
      reached();
    });
    const call = open(port, { 'content-length': '100' });
    call.on('error', () => undefined);
    call.write('some');
    await arrived;
    call.destroy();

    await gone;
  });

  it('ends the request behind it when the client goes away in the middle of an answer', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const port = await front((_incoming, response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-length': '1000' });
      response.write('some');
    });
    const call = open(port, {}, 'GET');
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    await once(answer, 'data');
    call.destroy();

    await gone;
  });
});
