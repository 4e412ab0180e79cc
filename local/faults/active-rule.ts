import type { CallFacts } from '../calls/call.ts';
import { EMULATORS, type Service } from '../calls/service.ts';
import { toPattern } from './pattern.ts';
import { seededRandom } from './random.ts';
import type { FaultRule } from './rule.ts';

/** A rule as it is shown. */
export interface RuleState {
  id: string;
  rule: FaultRule;
  seed: number;
  /** Calls (or runs) that matched, and those of them that were broken. */
  seen: number;
  broken: number;
  /** Whether it can still break anything. */
  isActive: boolean;
}

const TEXTS = ['method', 'host', 'path', 'operation', 'identity'] as const;

/** A rule at work: counts what it sees, and draws for each whether it is broken, in the order in which they come. */
export class ActiveRule {
  readonly id: string;
  readonly rule: FaultRule;
  /** 0 to below 1; the same in every repetition. */
  readonly random: () => number;
  readonly #seed: number;
  readonly #patterns: { name: (typeof TEXTS)[number]; pattern: RegExp }[];
  readonly #services: ReadonlySet<Service>;
  readonly #endsAtMs: number;
  readonly #ended = new AbortController();
  #seen = 0;
  #broken = 0;

  constructor(id: string, rule: FaultRule, seed: number) {
    this.id = id;
    this.rule = rule;
    this.#seed = seed;
    this.random = seededRandom(seed);
    this.#services = new Set<Service>(rule.services ?? EMULATORS);
    this.#patterns = TEXTS.flatMap((name) => {
      const text = rule[name];
      return text === undefined ? [] : [{ name, pattern: toPattern(text) }];
    });
    this.#endsAtMs = performance.now() + (rule.forMs ?? Number.POSITIVE_INFINITY);
  }

  get isActive(): boolean {
    return this.remainingMs > 0 && this.#broken < (this.rule.times ?? Number.POSITIVE_INFINITY);
  }

  /** Until it ends by itself; infinite where it does not. */
  get remainingMs(): number {
    return this.#ended.signal.aborted ? 0 : this.#endsAtMs - performance.now();
  }

  /** Aborts when the rule is taken away. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether it is for calls to a service. */
  covers(service: Service): boolean {
    return this.#services.has(service);
  }

  matches(call: CallFacts): boolean {
    return this.covers(call.service) && this.#patterns.every(({ name, pattern }) => pattern.test(call[name]));
  }

  /** Counts one that matched, and says whether it is to be broken. */
  draw(): boolean {
    if (!this.isActive) return false;
    this.#seen += 1;
    if (this.#seen <= (this.rule.skip ?? 0)) return false;
    if (this.rule.rate !== undefined && this.random() >= this.rule.rate) return false;
    this.#broken += 1;
    return true;
  }

  end(): void {
    this.#ended.abort();
  }

  state(): RuleState {
    const { id, rule, isActive } = this;
    return { id, rule, seed: this.#seed, seen: this.#seen, broken: this.#broken, isActive };
  }
}
