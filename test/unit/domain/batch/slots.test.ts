import fc from 'fast-check';
import {
  isRenewalDue,
  MAX_PLACES,
  NO_SLOTS,
  PLACE_LEASE_MS,
  releaseSlot,
  renewSlot,
  SLOT_LEASE_MS,
  type Slots,
  takeSlot,
} from '../../../../src/domain/batch/slots.ts';

/** What really happens to a registry's runs, told apart from how the slots are kept. */
class World {
  slots: Slots = NO_SLOTS;
  nowMs = 1_000_000;
  readonly limit: number;
  /** Runs that were granted a slot and have not given it back, with the time until which they were promised it. */
  readonly holders = new Map<string, number>();
  /** Runs that asked and were told to wait, in the order of their first asking. */
  readonly waiters = new Map<string, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  take(run: string): boolean {
    const ahead = [...this.waiters.keys()].filter((other) => other !== run);
    const place = [...this.waiters.keys()].indexOf(run);
    const before = place < 0 ? ahead.length : place;
    const { slots, granted } = takeSlot(this.slots, { run, limit: this.limit, leaseMs: SLOT_LEASE_MS }, this.nowMs);
    this.slots = slots;
    const isDue = this.holders.has(run) || before < this.limit - this.holders.size;
    expect(granted).toBe(isDue);
    if (granted) this.holders.set(run, this.nowMs + SLOT_LEASE_MS);
    if (granted) this.waiters.delete(run);
    else this.waiters.set(run, this.nowMs + PLACE_LEASE_MS);
    return granted;
  }

  renew(run: string): void {
    // Only who was granted a slot renews it.
    if (!this.holders.has(run)) return;
    this.slots = renewSlot(this.slots, { run, leaseMs: SLOT_LEASE_MS }, this.nowMs);
    this.holders.set(run, this.nowMs + SLOT_LEASE_MS);
  }

  release(run: string): void {
    this.slots = releaseSlot(this.slots, run, this.nowMs);
    this.holders.delete(run);
    this.waiters.delete(run);
  }

  pass(milliseconds: number): void {
    this.nowMs += milliseconds;
    for (const leases of [this.holders, this.waiters]) {
      for (const [run, untilMs] of leases) if (untilMs <= this.nowMs) leases.delete(run);
    }
  }
}

const runs = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('take' as const), run: runs }),
    fc.record({ kind: fc.constantFrom('renew' as const, 'release' as const), run: runs }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1000, 60_000, 299_999, 300_000, 600_000) }),
  ),
  { maxLength: 60 },
);

describe('the slots of a registry', () => {
  it('are never more than there are, go to who came first, and come back by release or by silence', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (limit, taken) => {
        const world = new World(limit);
        for (const step of taken) {
          if (step.kind === 'pass') world.pass(step.ms);
          else world[step.kind](step.run);
          expect(world.holders.size).toBeLessThanOrEqual(limit);
          expect(world.slots.held.length).toBeLessThanOrEqual(limit);
        }
        world.pass(SLOT_LEASE_MS);
        expect(world.take('newcomer')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are granted past those that wait only where there is one for each of them too', () => {
    const world = new World(2);
    for (const run of ['a', 'b', 'c', 'd']) world.take(run);
    world.release('a');
    expect(world.take('d')).toBe(false);
    world.release('b');
    expect(world.take('d')).toBe(true);
    expect(world.take('e')).toBe(false);
    expect(world.take('c')).toBe(true);
  });

  it('are given back to a run that goes on although its lease had passed, and to nobody else until it ends', () => {
    const request = { limit: 1, leaseMs: SLOT_LEASE_MS };
    const first = takeSlot(NO_SLOTS, { run: 'a', ...request }, 0).slots;
    const second = takeSlot(first, { run: 'b', ...request }, SLOT_LEASE_MS);
    expect(second.granted).toBe(true);
    const back = renewSlot(second.slots, { run: 'a', leaseMs: SLOT_LEASE_MS }, SLOT_LEASE_MS + 1);
    expect(back.held.map(({ run }) => run)).toEqual(['b', 'a']);
    const after = releaseSlot(back, 'b', SLOT_LEASE_MS + 2);
    expect(takeSlot(after, { run: 'c', ...request }, SLOT_LEASE_MS + 3).granted).toBe(false);
  });

  it('keep a bounded queue', () => {
    const request = { limit: 1, leaseMs: SLOT_LEASE_MS };
    let slots = NO_SLOTS;
    for (let run = 0; run <= MAX_PLACES + 5; run++) slots = takeSlot(slots, { run: `r${run}`, ...request }, 0).slots;
    expect(slots.waiting).toHaveLength(MAX_PLACES);
    const freed = releaseSlot(slots, 'r0', 1);
    expect(takeSlot(freed, { run: `r${MAX_PLACES + 5}`, ...request }, 1).granted).toBe(false);
    expect(takeSlot(freed, { run: 'r1', ...request }, 1).granted).toBe(true);
  });

  it('are to be renewed while half a lease is left', () => {
    expect(isRenewalDue(0, 60_000)).toBe(false);
    expect(isRenewalDue(SLOT_LEASE_MS / 2 - 60_000, 60_000)).toBe(true);
    expect(isRenewalDue(0, SLOT_LEASE_MS)).toBe(true);
  });
});
