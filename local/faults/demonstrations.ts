import { type FaultRuleInput, parseRule } from './rule.ts';

const PUT_RUN = 'Microsoft.ContainerRegistry/registries/pipelineRuns/write';

/** Rules to show what the app makes of faults, by name. */
export const DEMONSTRATIONS = {
  throttled: { services: ['arm'], rate: 0.4, fault: { kind: 'status', status: 429, retryAfterSeconds: 1 } },
  'busy-storage': { services: ['blob'], rate: 0.1, fault: { kind: 'status', status: 503 } },
  'lost-answer': { services: ['arm'], operation: PUT_RUN, times: 2, fault: { kind: 'cut', when: 'after' } },
  'cut-copy': { services: ['blob'], operation: 'PutBlock*', times: 3, fault: { kind: 'cut', when: 'before' } },
  'half-manifest': {
    services: ['registrySource', 'registryTarget'],
    operation: 'GetManifest',
    times: 2,
    fault: { kind: 'truncate' },
  },
  'slow-registries': { services: ['registrySource', 'registryTarget'], fault: { kind: 'delay', delayMs: 500 } },
  'poisoned-hello': { fault: { kind: 'poison', artifact: 'samples/hello:v1', direction: 'export' } },
} as const satisfies Record<string, FaultRuleInput>;

/** A rule by the name of a demonstration, or as JSON. @throws RangeError that says what is allowed */
export function readFault(text: string): FaultRuleInput {
  const found = Object.entries(DEMONSTRATIONS).find(([name]) => name === text);
  if (found) return { name: found[0], ...found[1] } as FaultRuleInput;
  try {
    return parseRule(JSON.parse(text));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const names = Object.keys(DEMONSTRATIONS).join(', ');
    throw new RangeError(`The fault is '${text}'; allowed: ${names}, or a rule as JSON.`);
  }
}
