import { sendJson } from '../../../../local/http.ts';
import { TENANTS } from '../../../../local/names.ts';
import { type ObservedServer, send, sendUnder, startObserved } from '../calls/observed-server.ts';

const BODY = 'abcdefghijklmnopqrstuvwxyz';
let served: number;
let observed: ObservedServer;

beforeEach(async () => {
  served = 0;
  observed = await startObserved('arm', (request, response) => {
    served += 1;
    if (request.url === '/chunked') {
      response.writeHead(200);
      for (const piece of ['abcdef', 'ghijkl', 'mnopqr']) response.write(piece);
      response.end();
      return;
    }
    if (request.url === '/json') {
      sendJson(response, 200, { text: BODY });
      return;
    }
    response.writeHead(200, { 'content-length': BODY.length });
    response.end(BODY);
  });
});
afterEach(() => observed.stop());

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

async function untilBroken(): Promise<void> {
  while (observed.faults.list()[0]?.broken !== 1) await tick();
}

const fault = () => observed.journal.find().value.at(-1)?.fault;

describe('a connection that is cut', () => {
  it('before leaves the request unexecuted', async () => {
    const { error, status } = await sendUnder(observed, { fault: { kind: 'cut', when: 'before' } }, { body: 'x' });
    expect([error, status, served]).toEqual(['ECONNRESET', undefined, 0]);
    expect(fault()).toBe('f1 cut before');
  });

  it.each(['/', '/chunked', '/json'])('after loses the answer of a request that was executed: %s', async (path) => {
    const { error, status } = await sendUnder(observed, { fault: { kind: 'cut', when: 'after' } }, { path });
    expect([error, status, served]).toEqual(['ECONNRESET', undefined, 1]);
    expect(observed.journal.find().value.at(-1)).toMatchObject({ status: null, responseBytes: 0 });
  });
});

describe('a body', () => {
  it.each([
    ['/', undefined, BODY.slice(0, 13)],
    ['/', 3, 'abc'],
    ['/', 0, ''],
    ['/chunked', undefined, 'abc'],
    ['/chunked', 8, 'abcdefgh'],
    ['/json', 5, '{"tex'],
  ])('of %s is truncated after %j bytes, and the client can tell', async (path, afterBytes, expected) => {
    const kind = { kind: 'truncate', ...(afterBytes === undefined ? {} : { afterBytes }) } as const;
    const { status, body, error } = await sendUnder(observed, { fault: kind }, { path });
    expect([status, body, error]).toEqual([200, expected, 'ECONNRESET']);
    expect(observed.journal.find().value.at(-1)?.responseBytes).toBe(expected.length);
  });

  it('that is not longer than what a truncation leaves comes whole', async () => {
    const outcome = await sendUnder(observed, { fault: { kind: 'truncate', afterBytes: BODY.length } });
    expect([outcome.body, outcome.error]).toEqual([BODY, undefined]);
  });

  it.each(['/', '/chunked', '/json'])(
    'of %s is corrupted in one byte, the same one in every repetition',
    async (path) => {
      const right = await send(observed, { path });
      const wrong = await sendUnder(observed, { seed: 4, fault: { kind: 'corrupt' } }, { path });
      const differs = [...wrong.body].filter((character, index) => character !== right.body[index]);
      expect([wrong.status, wrong.error, wrong.body.length, differs.length]).toEqual([
        200,
        undefined,
        right.body.length,
        1,
      ]);
      expect(await sendUnder(observed, { seed: 4, fault: { kind: 'corrupt' } }, { path })).toMatchObject({
        body: wrong.body,
      });
    },
  );

  it.each(['truncate', 'corrupt'] as const)('that is not sent, as to HEAD, is not hit by %s', async (kind) => {
    const { status, error } = await sendUnder(observed, { fault: { kind } }, { method: 'HEAD' });
    expect([status, error]).toEqual([200, undefined]);
  });
});

describe('a delay', () => {
  it('lets the request through, later', async () => {
    expect((await sendUnder(observed, { fault: { kind: 'delay', delayMs: 1 } })).body).toBe(BODY);
  });

  it('holds nothing but its own call, which is not executed when the client goes away meanwhile', async () => {
    const controller = new AbortController();
    const rule = { times: 1, fault: { kind: 'delay', delayMs: 3_600_000 } } as const;
    const delayed = sendUnder(observed, rule, { path: '/delayed', signal: controller.signal });
    await untilBroken();
    expect((await send(observed)).body).toBe(BODY);
    controller.abort();
    expect((await delayed).error).toBe('ABORT_ERR');
    while (observed.journal.find({ path: '/delayed' }).value.length === 0) await tick();
    expect(served).toBe(1);
  });
});

describe('a hang', () => {
  it.each<[string, object, () => void]>([
    ['its rule is removed', {}, () => observed.faults.clear()],
    ['its rule has ended', { forMs: 20 }, () => undefined],
    ['its own limit is over', { fault: { kind: 'hang', limitMs: 20 } }, () => undefined],
  ])('is over when %s: the connection is cut, the request never executed', async (_when, rule, end) => {
    const outcome = sendUnder(observed, { fault: { kind: 'hang' }, ...rule });
    await untilBroken();
    end();
    expect(await outcome).toMatchObject({ error: 'ECONNRESET' });
    expect(served).toBe(0);
  });
});

describe('a status', () => {
  it('comes without the request being executed, however long its body is', async () => {
    const rule = { fault: { kind: 'status', status: 429, retryAfterSeconds: 7 } } as const;
    const { status, headers, body } = await sendUnder(observed, rule, { method: 'PUT', body: 'x'.repeat(5_000_000) });
    expect([status, headers['retry-after'], served]).toEqual([429, '7', 0]);
    expect(JSON.parse(body).error.code).toBe('TooManyRequests');
    expect(observed.journal.find().value.at(-1)).toMatchObject({ requestBytes: 5_000_000, status: 429 });
  });

  it.each([
    ['arm', { error: { code: 'ServiceUnavailable', message: expect.any(String) } }],
    ['vault', { error: { code: 'ServiceUnavailable', message: expect.any(String) } }],
    ['identity', { statusCode: 503, message: expect.any(String) }],
    ['login', { error: 'temporarily_unavailable', error_description: expect.stringMatching(/^AADSTS\d+: /) }],
    ['registrySource', { errors: [{ code: 'UNAVAILABLE', message: expect.any(String) }] }],
  ] as const)('of %s has its own error document', async (service, document) => {
    const other = await startObserved(service, () => undefined);
    const { status, body } = await sendUnder(other, { fault: { kind: 'status', status: 503 } });
    await other.stop();
    expect([status, JSON.parse(body)]).toEqual([503, document]);
  });

  it('of storage has its code in XML and in a header', async () => {
    const other = await startObserved('blob', () => undefined);
    const { body, headers } = await sendUnder(other, { fault: { kind: 'status', status: 503 } });
    await other.stop();
    expect(headers['x-ms-error-code']).toBe('ServerBusy');
    expect(body).toContain('<Code>ServerBusy</Code>');
  });

  it.each([
    ['arm', `authorization_uri="https://login.source.test/${TENANTS.target}"`],
    ['vault', `authorization="https://login.source.test/${TENANTS.target}", resource="https://vault.source.test"`],
    ['blob', `/${TENANTS.target}/oauth2/authorize resource_id=https://storage.azure.com`],
    ['registryTarget', '/oauth2/token",service="127.0.0.1'],
  ] as const)('401 of %s says where to sign in, in the tenant that it trusts', async (service, expected) => {
    const other = await startObserved(service, () => undefined, TENANTS.target);
    const { status, headers } = await sendUnder(other, { fault: { kind: 'status', status: 401 } });
    await other.stop();
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(expected)]);
  });

  it('can have a code and a text of its own', async () => {
    const rule = { fault: { kind: 'status', status: 409, code: 'Mine', message: 'Because.' } } as const;
    expect(JSON.parse((await sendUnder(observed, rule)).body)).toEqual({
      error: { code: 'Mine', message: 'Because.' },
    });
  });
});
