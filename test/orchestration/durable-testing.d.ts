/** The package's own helpers for tests; it ships them without types. */
declare module 'durable-functions/lib/src/util/testingUtils.js' {
  import type { DummyOrchestrationContext, OrchestrationHandler } from 'durable-functions';

  export class DurableOrchestrationInput {
    constructor(
      instanceId: string,
      history: object[],
      input: unknown,
      longRunningTimerIntervalDuration: string,
      maximumShortTimerDuration: string,
      defaultHttpAsyncRequestSleepTimeMilliseconds: number,
      schemaVersion: number,
    );
  }

  export function createOrchestrator(
    orchestrator: OrchestrationHandler,
  ): (trigger: DurableOrchestrationInput, context: DummyOrchestrationContext) => Promise<unknown>;
}
