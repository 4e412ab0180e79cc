import type { Fault } from './rule.ts';

/** A fault in a few words, such as `status 429` or `cut after`. */
export function describeFault(fault: Fault): string {
  if (fault.kind === 'status') return `status ${fault.status}`;
  if (fault.kind === 'delay') return `delay ${fault.delayMs} ms`;
  if (fault.kind === 'cut') return `cut ${fault.when}`;
  return fault.kind;
}
