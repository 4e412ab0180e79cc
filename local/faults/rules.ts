import type { CallFacts } from '../calls/call.ts';
import type { Service } from '../calls/service.ts';
import { ActiveRule, type RuleState } from './active-rule.ts';
import { describeFault } from './describe.ts';
import { type PoisonedRun, poisonOf, type RunFacts } from './poison.ts';
import { deriveSeed } from './random.ts';
import type { CallFault, Fault } from './rule.ts';
import { parseRule } from './rule.ts';

/** What becomes of a call. */
export interface Decision {
  fault: CallFault;
  /** Rule and kind, for the record: `f2 status 429`. */
  label: string;
  random: () => number;
  /** Milliseconds until the rule, or what it holds back, ends by itself; infinite where it does not. */
  remainingMs: number;
  /** Aborts when the rule is taken away. */
  ended: AbortSignal;
}

/** Exports whose artifacts are remembered, to know what an import of their archive brings. */
const REMEMBERED_ARCHIVES = 1000;

/**
 * The faults in force. A call is broken by the first rule that matches and draws it; rules after that one do not see
 * it. Rules live in memory: a restart forgets them.
 */
export class FaultRules {
  readonly seed: number;
  readonly #rules: ActiveRule[] = [];
  readonly #artifactsOfBlob = new Map<string, readonly string[]>();
  #count = 0;

  /** All that is drawn derives from `seed`, an integer from 0 to 4,294,967,295. */
  constructor(seed: number) {
    this.seed = seed;
  }

  /** Puts a rule in force, after those that are. @throws RangeError that says what is wrong with it */
  add(input: unknown): RuleState {
    const rule = parseRule(input);
    this.#count += 1;
    const active = new ActiveRule(`f${this.#count}`, rule, rule.seed ?? deriveSeed(this.seed, this.#count));
    this.#rules.push(active);
    return active.state();
  }

  list(): RuleState[] {
    return this.#rules.map((rule) => rule.state());
  }

  /** Takes a rule away, and ends what hangs by it; false when there is none of that id. */
  remove(id: string): boolean {
    const index = this.#rules.findIndex((rule) => rule.id === id);
    for (const rule of index < 0 ? [] : this.#rules.splice(index, 1)) rule.end();
    return index >= 0;
  }

  clear(): void {
    for (const rule of this.#rules.splice(0)) rule.end();
  }

  /** What becomes of a call that comes now; `undefined`: it is served. */
  decide(call: CallFacts): Decision | undefined {
    for (const active of this.#rules) {
      const { fault } = active.rule;
      if (!isCallFault(fault) || !active.matches(call) || !active.draw()) continue;
      const { random, ended } = active;
      const limitMs = (fault.kind === 'hang' && fault.limitMs) || Number.POSITIVE_INFINITY;
      const remainingMs = Math.min(active.remainingMs, limitMs);
      return { fault, label: `${active.id} ${describeFault(fault)}`, random, remainingMs, ended };
    }
    return undefined;
  }

  /** The failure of a run that begins now; `undefined`: it is executed. */
  decideRun(run: RunFacts): PoisonedRun | undefined {
    const artifacts = this.#artifactsOf(run);
    for (const active of this.#rules) {
      const { fault } = active.rule;
      const poisoned = fault.kind === 'poison' ? poisonOf(fault, { ...run, artifacts }) : undefined;
      if (poisoned && active.draw()) return poisoned;
    }
    return undefined;
  }

  /** By how many milliseconds a service's clock is ahead now. */
  skewMs(service: Service): number {
    let seconds = 0;
    for (const active of this.#rules) {
      const { fault } = active.rule;
      if (fault.kind === 'clockSkew' && active.isActive && active.covers(service)) seconds += fault.skewSeconds;
    }
    return seconds * 1000;
  }

  /** An import names no artifacts: they are those of the export that wrote its archive, if that was seen. */
  #artifactsOf({ direction, artifacts, blobName }: RunFacts): readonly string[] {
    if (direction === 'import') return artifacts.length > 0 ? artifacts : (this.#artifactsOfBlob.get(blobName) ?? []);
    if (this.#artifactsOfBlob.size >= REMEMBERED_ARCHIVES) this.#artifactsOfBlob.clear();
    this.#artifactsOfBlob.set(blobName, artifacts);
    return artifacts;
  }
}

function isCallFault(fault: Fault): fault is CallFault {
  return fault.kind !== 'poison' && fault.kind !== 'clockSkew';
}
