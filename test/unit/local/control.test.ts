import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallJournal } from '../../../local/calls/journal.ts';
import { ControlClient } from '../../../local/control/client.ts';
import { startControl } from '../../../local/control/server.ts';
import { FaultRules } from '../../../local/faults/rules.ts';
import type { RunningServer } from '../../../local/http.ts';

let dir: string;
let server: RunningServer;
let journal: CallJournal;
let client: ControlClient;
let url: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-control-'));
  journal = new CallJournal({ path: join(dir, 'calls.jsonl'), capacity: 10 });
  server = await startControl({ port: 0, key: 'the-key', faults: new FaultRules(77), journal });
  url = `http://127.0.0.1:${server.port}`;
  client = new ControlClient({ url, key: 'the-key' });
});
afterEach(async () => {
  await server.stop();
  await journal.close();
  await rm(dir, { recursive: true, force: true });
});

function addCall(identity: string): void {
  const more = { status: 200, requestBytes: 0, responseBytes: 0, durationMs: 0, operation: 'GetVersion', identity };
  journal.add({
    at: new Date().toISOString(),
    service: 'arm',
    host: 'h',
    method: 'GET',
    path: '/',
    query: '',
    ...more,
  });
}

describe('the control endpoint', () => {
  it('adds, lists and removes rules', async () => {
    const added = await client.addFault({ times: 1, fault: { kind: 'hang' } });
    expect(added).toMatchObject({ id: 'f1', seen: 0, isActive: true });
    await client.addFault('throttled');
    expect(await client.faults()).toMatchObject({ seed: 77, value: [{ id: 'f1' }, { rule: { name: 'throttled' } }] });
    await client.removeFault('f1');
    await expect(client.removeFault('f1')).rejects.toThrow('404 {"error":{"message":"There is no rule \'f1\'."}}');
    await client.clearFaults();
    expect((await client.faults()).value).toEqual([]);
  });

  it.each([
    ['{', 'no JSON'],
    [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'no JSON, or nested too deep'],
    ['{"fault":{"kind":"none"}}', 'is not one'],
  ])('refuses a rule that is none %#', async (body, message) => {
    const headers = { authorization: 'Bearer the-key' };
    const answer = await fetch(`${url}/faults`, { method: 'POST', headers, body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(message)]);
  });

  it('gives the calls that are asked for, page by page', async () => {
    for (let count = 0; count < 7; count++) addCall(count % 2 === 0 ? 'me' : 'you');
    expect((await client.calls({ limit: 2 })).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect((await client.calls({ identity: 'you', limit: 2 })).map(({ n }) => n)).toEqual([2, 4, 6]);
  });

  it('does not let calls that are kept no more pass for calls that were never made', async () => {
    for (let count = 0; count < 11; count++) addCall('me');
    await expect(client.calls()).rejects.toThrow('The calls before 2 are kept no more');
  });

  it.each([
    ['GET', '/faults'],
    ['POST', '/faults'],
    ['DELETE', '/faults'],
    ['GET', '/calls'],
  ])('refuses %s %s without the key', async (method, path) => {
    for (const authorization of ['', 'Bearer', 'Bearer the-ke', 'Bearer the-key2']) {
      expect((await fetch(`${url}${path}`, { method, headers: { authorization } })).status).toBe(401);
    }
  });

  it.each([
    ['POST', '/faults', '{"fault":{"kind":"x"}}', 400, 'fault.kind'],
    ['POST', '/faults', '{', 400, 'The body is no JSON'],
    ['POST', '/faults', '"nothing"', 400, 'allowed: throttled'],
    ['GET', '/calls?limit=0', undefined, 400, 'limit'],
    ['PUT', '/faults', '{}', 404, 'allowed are GET, POST and DELETE /faults'],
  ])('answers %s %s %s with %i', async (method, path, body, status, message) => {
    const headers = { authorization: 'Bearer the-key' };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(message);
  });
});
