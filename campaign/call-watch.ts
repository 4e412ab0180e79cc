import type { CallRecord } from '../local/calls/call.ts';
import type { ControlClient } from '../local/control/client.ts';

const PAGE = 10_000;
const KEPT = new Set(['PutManifest', 'Microsoft.ContainerRegistry/registries/pipelineRuns/write']);

/**
 * Reads the record of all calls on and on: how many there were, and those by which something arrives. The record begins
 * anew with a new process of the emulators; what that took along unread (a few milliseconds) is not counted.
 */
export class CallWatch {
  readonly #control: ControlClient;
  readonly #pidOf: () => number;
  #pid: number;
  #after = 0;
  #count = 0;
  readonly #kept: CallRecord[] = [];

  /** `pidOf` tells one process of the emulators from the next. */
  constructor(control: ControlClient, pidOf: () => number) {
    this.#control = control;
    this.#pidOf = pidOf;
    this.#pid = pidOf();
  }

  /** Calls until the last {@link read}. */
  get count(): number {
    return this.#count;
  }

  /** Calls that put a manifest or asked for a pipeline run, those that failed too. */
  kept(operation: 'PutManifest' | 'PutRun'): readonly CallRecord[] {
    return this.#kept.filter((call) => (call.operation === 'PutManifest') === (operation === 'PutManifest'));
  }

  /** Reads what came since. Does nothing while the emulators are away. */
  async read(): Promise<void> {
    if (this.#pid !== this.#pidOf()) {
      this.#pid = this.#pidOf();
      this.#after = 0;
    }
    for (;;) {
      const page = await this.#control.callPage({ after: this.#after, limit: PAGE }).catch(() => undefined);
      const last = page?.value.at(-1);
      if (!page || !last) return;
      if (page.first > this.#after + 1)
        throw new Error(`Calls ${this.#after + 1} to ${page.first - 1} were not read in time.`);
      this.#count += page.value.length;
      this.#after = last.n;
      this.#kept.push(...page.value.filter(({ operation }) => KEPT.has(operation)));
      if (page.next === undefined) return;
    }
  }
}
