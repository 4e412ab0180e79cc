import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallJournal } from '../../../../local/calls/journal.ts';
import { observe } from '../../../../local/calls/observe.ts';
import type { Emulator } from '../../../../local/calls/service.ts';
import type { FaultRuleInput } from '../../../../local/faults/rule.ts';
import { FaultRules } from '../../../../local/faults/rules.ts';
import { type Handler, type RunningServer, serve } from '../../../../local/http.ts';
import { TENANT_ID } from '../../../../local/names.ts';

/** A server that is watched as an emulator is. */
export interface ObservedServer {
  journal: CallJournal;
  faults: FaultRules;
  /** The journal's file. */
  path: string;
  server: RunningServer;
  stop(): Promise<void>;
}

export async function startObserved(
  service: Emulator,
  handler: Handler,
  tenantId = TENANT_ID,
): Promise<ObservedServer> {
  const dir = await mkdtemp(join(tmpdir(), 'acr-transfer-calls-'));
  const path = join(dir, 'calls.jsonl');
  const journal = new CallJournal({ path });
  const faults = new FaultRules(1);
  const identities = new Map([['header-secret', 'app-object-id']]);
  const server = await serve(handler, { port: 0, around: observe(service, { journal, faults, identities, tenantId }) });
  const stop = async () => {
    faults.clear();
    await server.stop();
    await journal.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { journal, faults, path, server, stop };
}

/** What came of a call; `error` where the connection ended before the answer did. */
export interface Outcome {
  status?: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
  error?: string;
}

export interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** Calls a server, on a connection of its own. */
export function send({ server }: ObservedServer, { body, ...options }: Sent = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { headers: {}, body: '' };
    const fail = (error: NodeJS.ErrnoException) => resolve({ ...outcome, error: error.code ?? error.message });
    request({ host: '127.0.0.1', port: server.port, path: '/', agent: false, ...options }, (answer) => {
      outcome.status = answer.statusCode;
      outcome.headers = answer.headers;
      answer.on('data', (chunk) => {
        outcome.body += chunk;
      });
      answer.on('end', () => resolve(outcome));
      answer.on('error', fail);
    })
      .on('error', fail)
      .end(body);
  });
}

/** Calls a server that one rule is in force at. */
export async function sendUnder(observed: ObservedServer, rule: FaultRuleInput, sent: Sent = {}): Promise<Outcome> {
  observed.faults.clear();
  observed.faults.add(rule);
  return send(observed, sent);
}
