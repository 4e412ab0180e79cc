import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventGrid, type EventGridOptions } from '../../../../local/event-grid/event-grid.ts';
import { type RunningServer, readBody, serve } from '../../../../local/http.ts';
import { storageAccountId } from '../../../../local/names.ts';

interface Received {
  headers: Record<string, unknown>;
  events: { subject: string; eventType: string; data: Record<string, unknown> }[];
}

const running: { stop(): Promise<void> }[] = [];
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'event-grid-'));
});
afterEach(async () => {
  for (const part of running.splice(0)) await part.stop();
  await rm(dir, { recursive: true, force: true });
});

/** An endpoint that takes part in the handshake and answers deliveries with what `statusOf` says, by their number. */
async function endpoint(statusOf: (delivery: number) => number = () => 202, port = 0) {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  const server: RunningServer = await serve(
    async (request, response) => {
      const events = JSON.parse((await readBody(request)).toString());
      if (request.headers['aeg-event-type'] === 'SubscriptionValidation') {
        response.end(JSON.stringify({ validationResponse: events[0].data.validationCode }));
        return;
      }
      received.push({ headers: request.headers, events });
      response.writeHead(statusOf(received.length)).end();
      for (const wake of waiting.splice(0)) wake();
    },
    { port },
  );
  running.push(server);
  const until = async (count: number) => {
    while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return received;
  };
  return { server, received, until, url: `http://127.0.0.1:${server.port}/hook?code=secret` };
}

async function open(options: Partial<EventGridOptions> = {}) {
  const lines: string[] = [];
  const grid = await EventGrid.open({ dir, retryScale: 0.001, log: (line) => lines.push(line), ...options });
  running.unshift(grid);
  return { grid, lines };
}

const subscription = (endpointUrl: string, more: object = {}) => ({
  name: 'landed',
  topic: storageAccountId('tgtstore'),
  endpointUrl,
  ...more,
});

const committed = (blob: string) => ({
  account: 'tgtstore' as const,
  container: 'transfer',
  blob,
  api: 'PutBlob' as const,
  etag: '"0x1"',
  contentType: 'text/plain',
  contentLength: 1,
  blobType: 'BlockBlob',
  requestId: '831e1650-001e-001b-66ab-eeb76e000000',
  clientRequestId: undefined,
});

const subjectOf = (received: Received | undefined) => received?.events[0]?.subject.split('/').at(-1);

async function untilLine(lines: string[]): Promise<string> {
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return lines[0] ?? '';
}

describe('Event Grid', () => {
  it('delivers an event by itself, with the headers of the service', async () => {
    const { until, url } = await endpoint();
    const { grid } = await open();
    await grid.subscribe(subscription(url));
    grid.publish(committed('a.tar'));
    const [first] = await until(1);
    expect(first?.events).toMatchObject([{ eventType: 'Microsoft.Storage.BlobCreated', data: { api: 'PutBlob' } }]);
    expect(first?.headers).toMatchObject({
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'LANDED',
      'aeg-delivery-count': '0',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('delivers only what a subscription wants, and knows before whether any does', async () => {
    const { until, url } = await endpoint();
    const { grid } = await open();
    await grid.subscribe(subscription(url, { filter: { subjectEndsWith: '.tar' } }));
    const source = { ...committed('a.tar'), account: 'srcstore' as const };
    expect([grid.isWanted(committed('a.tar')), grid.isWanted(committed('a.zip')), grid.isWanted(source)]).toEqual([
      true,
      false,
      false,
    ]);
    for (const blob of [source, committed('a.zip'), committed('b.tar')]) grid.publish(blob);
    const received = await until(1);
    expect(received.map(subjectOf)).toEqual(['b.tar']);
  });

  it.each([
    ['401', 401, '{}'],
    ['another code', 200, '{"validationResponse":"other"}'],
    ['no JSON', 200, 'welcome'],
  ])('makes no subscription when the endpoint answers the handshake with %s', async (_what, status, text) => {
    const server = await serve((_request, response) => void response.writeHead(status).end(text), { port: 0 });
    running.push(server);
    const { grid } = await open();
    const refused = grid.subscribe(subscription(`http://127.0.0.1:${server.port}/hook?code=secret`));
    await expect(refused).rejects.toThrow(new RegExp(`Subscription landed: .*/hook answered .* with ${status}`));
    await expect(refused).rejects.not.toThrow(/secret/);
    expect(grid.isWanted(committed('a.tar'))).toBe(false);
  });

  it('tries again what failed, with its count, until it is taken', async () => {
    const { until, url } = await endpoint((delivery) => (delivery < 3 ? 500 : 202));
    const { grid, lines } = await open();
    await grid.subscribe(subscription(url));
    grid.publish(committed('a.tar'));
    const received = await until(3);
    expect(received.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2']);
    expect(lines).toEqual([]);
  });

  it('drops at once what is refused for good, and after the last try what failed; the log names the event', async () => {
    const { received, url } = await endpoint((delivery) => (delivery === 1 ? 401 : 500));
    const { grid, lines } = await open();
    await grid.subscribe(subscription(url, { retryPolicy: { maxDeliveryAttempts: 2 } }));
    grid.publish(committed('refused.tar'));
    expect(await untilLine(lines)).toMatch(
      /dropped event .*refused\.tar\) for subscription landed: Undeliverable after 1/,
    );
    lines.length = 0;
    grid.publish(committed('failed.tar'));
    expect(await untilLine(lines)).toMatch(/failed\.tar.*MaxDeliveryAttemptsExceeded after 2 tries, last answer 500/);
    expect(received.map(subjectOf)).toEqual(['refused.tar', 'failed.tar', 'failed.tar']);
    expect(lines.join()).not.toContain('secret');
  });

  it('delivers to an endpoint that was away when it is there again, also after a restart of its own', async () => {
    const first = await endpoint();
    const { grid } = await open();
    await grid.subscribe(subscription(first.url));
    await first.server.stop();
    grid.publish(committed('a.tar'));
    await grid.stop();
    const again = await endpoint(() => 202, first.server.port);
    await open();
    expect((await again.until(1)).map(subjectOf)).toEqual(['a.tar']);
  });

  it('delivers twice and out of order when it is told to', async () => {
    const { until, url } = await endpoint();
    const { grid } = await open({ disturbance: { duplicateRate: 1, maxDelayMs: 200, seed: 3 } });
    await grid.subscribe(subscription(url));
    const names = Array.from({ length: 20 }, (_, index) => `b${String(index).padStart(2, '0')}`);
    for (const name of names) grid.publish(committed(name));
    const received = (await until(40)).map((one) => String(subjectOf(one)));
    expect([...received].sort()).toEqual(names.flatMap((name) => [name, name]));
    expect([...new Set(received)]).not.toEqual(names);
  });

  it('keeps its file, which holds keys, from others', async () => {
    const { grid } = await open({ dir: join(dir, 'inner') });
    expect((await stat(join(dir, 'inner'))).mode & 0o077).toBe(0);
    expect(await readdir(join(dir, 'inner'))).toContain('event-grid.sqlite');
    expect(grid.isWanted(committed('x'))).toBe(false);
  });
});
