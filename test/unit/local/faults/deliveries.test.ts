import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallJournal } from '../../../../local/calls/journal.ts';
import { openEventGrid } from '../../../../local/cloud/events.ts';
import { type Disturbance, planDeliveries } from '../../../../local/event-grid/disturbance.ts';
import type { EventGrid } from '../../../../local/event-grid/event-grid.ts';
import { deriveSeed } from '../../../../local/faults/random.ts';
import type { FaultRuleInput } from '../../../../local/faults/rule.ts';
import { FaultRules } from '../../../../local/faults/rules.ts';
import { type RunningServer, readBody, serve } from '../../../../local/http.ts';
import { storageAccountId } from '../../../../local/names.ts';

/** Sizes of nothing here: a blob that was committed. */
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

let dir: string;
let server: RunningServer;
let received: { blob: string; count: string }[];
let wake: () => void;
let faults: FaultRules;
let journal: CallJournal;
let lines: string[];
let grid: EventGrid;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deliveries-'));
  received = [];
  wake = () => undefined;
  server = await serve(
    async (request, response) => {
      const [event] = JSON.parse((await readBody(request)).toString());
      if (request.headers['aeg-event-type'] === 'SubscriptionValidation') {
        response.end(JSON.stringify({ validationResponse: event.data.validationCode }));
        return;
      }
      const blob = event.subject.split('/').at(-1);
      received.push({ blob, count: String(request.headers['aeg-delivery-count']) });
      response.writeHead(202).end();
      wake();
    },
    { port: 0 },
  );
});
afterEach(async () => {
  faults.clear();
  await grid.stop();
  await server.stop();
  await journal.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(seed = 7, disturbance: Partial<Disturbance> = {}): Promise<void> {
  faults = new FaultRules(seed);
  journal = new CallJournal({ path: join(dir, 'calls.jsonl') });
  lines = [];
  const log = (line: string) => void lines.push(line);
  const events = { retryScale: 0.001, disturbance };
  grid = await openEventGrid({ dir: join(dir, `grid-${seed}`), faults, journal, events, log });
  const endpointUrl = `http://127.0.0.1:${server.port}/hook?code=secret`;
  await grid.subscribe({ name: 'landed', topic: storageAccountId('tgtstore'), endpointUrl });
}

async function until(count: number): Promise<void> {
  while (received.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

function add(rule: Omit<FaultRuleInput, 'services'>): void {
  faults.add({ services: ['eventGrid'], ...rule });
}

describe('a rule for Event Grid', () => {
  it.each([
    [{ kind: 'status', status: 503 }, ['1']],
    [{ kind: 'cut', when: 'before' }, ['1']],
    [{ kind: 'cut', when: 'after' }, ['0', '1']],
    [{ kind: 'hang', limitMs: 5 }, ['1']],
    [{ kind: 'delay', delayMs: 5 }, ['0']],
  ] as const)('breaks one delivery by %j, and the event comes all the same', async (fault, counts) => {
    await open();
    add({ times: 1, fault });
    grid.publish(committed('a.tar'));
    await until(counts.length);
    expect(received).toEqual(counts.map((count) => ({ blob: 'a.tar', count })));
    const find = () => journal.find({ service: 'eventGrid' }).value;
    while (find().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const value = find();
    expect(value).toMatchObject([{ operation: 'DeliverEvent', path: '/hook', query: '' }]);
    expect(value[0]?.fault).toMatch(new RegExp(`^f1 ${fault.kind}`));
    expect(value[0]?.status).toBe(fault.kind === 'status' ? 503 : fault.kind === 'delay' ? 202 : null);
    expect(JSON.stringify(value)).not.toContain('secret');
  });

  it('can have an event dropped for good, and a handshake refused', async () => {
    await open();
    add({ operation: 'DeliverEvent', times: 1, fault: { kind: 'status', status: 401 } });
    grid.publish(committed('lost.tar'));
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(lines[0]).toMatch(/dropped event .*lost\.tar.*last answer 401/);
    add({ operation: 'ValidateSubscription', fault: { kind: 'status', status: 403 } });
    const endpointUrl = `http://127.0.0.1:${server.port}/hook`;
    const refused = grid.subscribe({ name: 'other', topic: storageAccountId('tgtstore'), endpointUrl });
    await expect(refused).rejects.toThrow(/answered the handshake with 403/);
    expect(received).toEqual([]);
  });

  it('has to name it: a rule without services leaves events alone', async () => {
    await open();
    faults.add({ fault: { kind: 'status', status: 500 } });
    grid.publish(committed('a.tar'));
    await until(1);
    expect(received).toEqual([{ blob: 'a.tar', count: '0' }]);
  });
});

describe('disturbances without a seed of their own', () => {
  it.each([1, 2])('derive from the number of all faults: %i', async (seed) => {
    const half = { duplicateRate: 0.5, maxDelayMs: 0 };
    const plan = planDeliveries({ ...half, seed: deriveSeed(seed, 0) });
    const expected = Array.from({ length: 40 }, (_, index) => plan().map(() => `b${index}`)).flat();
    await open(seed, half);
    for (let index = 0; index < 40; index++) grid.publish(committed(`b${index}`));
    await until(expected.length);
    expect(received.map(({ blob }) => blob).sort()).toEqual(expected.sort());
  });
});
