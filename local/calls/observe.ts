import { redact } from '../../src/domain/errors.ts';
import { breakCall } from '../faults/break-call.ts';
import type { FaultRules } from '../faults/rules.ts';
import type { Around } from '../http.ts';
import type { CallFacts, CallRecord } from './call.ts';
import { readFacts } from './facts.ts';
import { watchForm } from './form-identity.ts';
import type { CallJournal } from './journal.ts';
import { type Meter, meter } from './meter.ts';
import type { Emulator } from './service.ts';

export interface Observer {
  journal: CallJournal;
  faults: FaultRules;
  /** Object ids by the secret that their apps send to the identity endpoint. */
  identities: ReadonlyMap<string, string>;
  /** Whose tokens the emulators take. */
  tenantId: string;
}

/** What is put around an emulator's handler: every call is recorded, and broken where a rule says so. */
export function observe(service: Emulator, { journal, faults, identities, tenantId }: Observer): Around {
  return (handler) => (request, response, url) => {
    const facts = readFacts(service, request, url, identities);
    const metered = meter(request, response);
    const identityInForm = isTokenCall(facts) ? watchForm(request) : () => undefined;
    const decision = faults.decide(facts);
    const startedAt = new Date();
    response.once('close', () => {
      const { 'x-ms-client-request-id': clientRequestId, 'x-ms-copy-source': copySource } = request.headers;
      const more = { clientRequestId, copySource, fault: decision?.label };
      const identity = identityInForm() ?? facts.identity;
      journal.add(recordOf({ ...facts, identity }, metered, startedAt, more));
    });
    return decision
      ? breakCall(decision, { service, request, response, url, tenantId }, () => handler(request, response, url))
      : handler(request, response, url);
  };
}

function isTokenCall({ service, method, operation }: CallFacts): boolean {
  return service.startsWith('registry') && method === 'POST' && /Token$/.test(operation);
}

type More = Record<'clientRequestId' | 'copySource' | 'fault', string | string[] | undefined>;

function recordOf(facts: CallFacts, { requestId, ...metered }: Meter, startedAt: Date, more: More) {
  const texts = Object.entries({ ...more, requestId }).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, redact(value)]] : [],
  );
  const durationMs = Date.now() - startedAt.getTime();
  const record: Omit<CallRecord, 'n'> = { at: startedAt.toISOString(), ...facts, ...metered, durationMs };
  return { ...record, ...Object.fromEntries(texts) } as Omit<CallRecord, 'n'>;
}
