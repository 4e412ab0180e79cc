import { type Failure, type FailureClass, redact, type Side } from '../errors.ts';
import type { Check } from './check.ts';

const REMEDIES: Readonly<Record<FailureClass, string>> = {
  transient: 'Check again; if it stays, look at the network between the app and the service, and at its health.',
  access: 'Give the identity of the app on this side the right to read this, and check again when it is in force.',
  artifact: 'Correct the name, or push the artifact to the source registry.',
  conflict: 'Check again: something was being changed at that moment.',
  service: 'See whether the name is right and the resource exists, in the cloud and tenant of this side.',
};

/** A look that a service refused, under the service's own code: the other checks stand beside it. */
export function failedLook(side: Side, what: string, { class: kind, code, message, correlationId }: Failure): Check {
  const id = correlationId ? ` (correlation id ${correlationId})` : '';
  return {
    code,
    side,
    status: 'fault',
    found: redact(`${message}${id}`),
    needed: `${what} can be read by the app`,
    remedy: REMEDIES[kind],
  };
}
