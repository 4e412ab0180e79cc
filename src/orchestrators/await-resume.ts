import type { OrchestrationContext } from 'durable-functions';
import type { Orchestrators } from '../domain/activities.ts';
import { decidePollDelayMs } from '../domain/retry.ts';
import { elapsedMs } from '../domain/time.ts';
import { callActivity, type Step, wait } from './call.ts';

type Output = Orchestrators['awaitResume']['output'];

/** Reads of the control after which the orchestrator starts anew, so that its history does not grow with the pause. */
const MAX_READS = 40;

/**
 * Waits while a transfer is paused: reads its control by durable timers that back off to 60 s, as long as it takes. A
 * child of whoever is to wait, because only an orchestrator without open tasks may start anew.
 */
export function* awaitResumeOrchestrator(context: OrchestrationContext): Step<Output | undefined> {
  const input = context.df.getInput<Orchestrators['awaitResume']['input']>();
  const { transfer, startedAt = context.df.currentUtcDateTime.toISOString() } = input;
  for (let reads = 0; reads < MAX_READS; reads++) {
    yield* wait(context, decidePollDelayMs(elapsedMs(startedAt, context.df.currentUtcDateTime)));
    const read = yield* callActivity(context, 'readControl', { transfer });
    // A pause may outlast an outage of the storage.
    const goesOn = read.ok ? read.value === 'Paused' : read.failure.class === 'transient';
    if (!goesOn) return read;
  }
  context.df.continueAsNew({ transfer, startedAt });
  return undefined;
}
