import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallJournal } from '../../../../local/calls/journal.ts';
import type { FaultRuleInput } from '../../../../local/faults/rule.ts';
import { FaultRules } from '../../../../local/faults/rules.ts';
import { observeTunnels } from '../../../../local/faults/tunnels.ts';
import { listen, type RunningServer } from '../../../../local/http.ts';
import { startProxy } from '../../../../local/proxy.ts';

const ANSWER = 'x'.repeat(10_000);
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';
let dir: string;
let service: Server;
let proxy: RunningServer;
let faults: FaultRules;
let journal: CallJournal;
const sockets = new Set<Socket>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-tunnels-'));
  service = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(ANSWER));
  });
  const servicePort = await listen(service as Parameters<typeof listen>[0], 0);
  faults = new FaultRules(1);
  journal = new CallJournal({ path: join(dir, 'calls.jsonl') });
  proxy = await startProxy({ port: 0, portOf: () => servicePort, around: observeTunnels(faults, journal) });
});
afterAll(async () => {
  await proxy.stop();
  for (const socket of sockets) socket.destroy();
  service.close();
  await journal.close();
  await rm(dir, { recursive: true, force: true });
});

/** What comes back through the proxy until the connection ends, after a word to the service. */
async function ask(fault: FaultRuleInput['fault'] | undefined): Promise<string> {
  faults.clear();
  if (fault) faults.add({ services: ['proxy'], host: 'name.test:443', fault });
  return connected();
}

async function connected(): Promise<string> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('CONNECT name.test:443 HTTP/1.1\r\n\r\nhello');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('a tunnel', () => {
  it('works, and is no call of its own, where no rule names the proxy', async () => {
    faults.clear();
    expect(await ask(undefined)).toBe(`${ESTABLISHED}${ANSWER}`);
    expect(journal.find().value).toEqual([]);
  });

  it.each<[FaultRuleInput['fault'], string]>([
    [{ kind: 'cut', when: 'before' }, ''],
    [{ kind: 'cut', when: 'after' }, ESTABLISHED],
    [{ kind: 'status', status: 503 }, 'HTTP/1.1 503 Fault\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'],
    [{ kind: 'delay', delayMs: 1 }, `${ESTABLISHED}${ANSWER}`],
  ])('under %j gives what it gives', async (fault, expected) => {
    expect(await ask(fault)).toBe(expected);
    const { value } = journal.find({ service: 'proxy' });
    expect(value.at(-1)).toMatchObject({ host: 'name.test:443', fault: expect.stringContaining(fault.kind) });
  });

  it('is cut in the middle of the answer by truncate', async () => {
    expect(await ask({ kind: 'truncate', afterBytes: 100 })).toBe(`${ESTABLISHED}${ANSWER.slice(0, 100)}`);
  });

  it('that hangs ends with its rule', async () => {
    const text = ask({ kind: 'hang' });
    while (faults.list()[0]?.broken !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
    faults.clear();
    expect(await text).toBe('');
  });

  it('that hangs ends when its rule is over', async () => {
    faults.clear();
    faults.add({ services: ['proxy'], forMs: 500, fault: { kind: 'hang' } });
    expect(await connected()).toBe('');
  });
});
