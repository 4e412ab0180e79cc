import type { RegisteredFunction } from './app-model.ts';
import { HostStartError } from './errors.ts';

const SERVED = [
  'httpTrigger',
  'timerTrigger',
  'blobTrigger',
  'eventGridTrigger',
  'orchestrationTrigger',
  'activityTrigger',
  'entityTrigger',
];
const SERVED_BINDINGS = ['http', 'blob', 'durableClient', 'orchestrationClient'];

/** Throws {@link HostStartError}, naming every function with a binding that this host does not serve. */
export function checkBindings(functions: Iterable<RegisteredFunction>): void {
  const served = new Set([...SERVED, ...SERVED_BINDINGS].map((type) => type.toLowerCase()));
  const faults: string[] = [];
  for (const { metadata } of functions) {
    for (const { type } of Object.values(metadata.bindings)) {
      if (!served.has(type.toLowerCase())) faults.push(`'${metadata.name}' has a binding of type '${type}'`);
    }
  }
  if (faults.length === 0) return;
  const allowed = [...SERVED, ...SERVED_BINDINGS].join(', ');
  throw new HostStartError(`not served by this host: ${faults.join('; ')}; served are: ${allowed}`);
}
