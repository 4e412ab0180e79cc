import type { EntityContext } from 'durable-functions';
import { type SlotRequest, type Slots, slotsSchema } from '../../../src/domain/batch/slots.ts';
import { registrySlots } from '../../../src/entities/registry-slots.ts';

const REQUEST: SlotRequest = { run: 'a', limit: 1, leaseMs: 60_000 };

/** Runs one operation as the package does: state in, state and answer out. */
function operate(state: unknown, operationName: string, input: unknown): { state: unknown; answers: unknown[] } {
  const after = { state, answers: [] as unknown[] };
  const df = {
    operationName,
    getInput: () => input,
    getState: () => after.state,
    setState: (value: unknown) => {
      after.state = JSON.parse(JSON.stringify(value));
    },
    return: (value: unknown) => after.answers.push(value),
  };
  registrySlots({ df } as unknown as EntityContext<unknown>);
  return after;
}

describe('registrySlots', () => {
  it('grants a slot for as long as was asked, and keeps others waiting', () => {
    const beforeMs = Date.now();
    const first = operate(undefined, 'take', REQUEST);
    expect(first.answers).toEqual([{ granted: true }]);
    const slots: Slots = slotsSchema.parse(first.state);
    expect(slots.held).toMatchObject([{ run: 'a' }]);
    expect(slots.held[0]?.untilMs).toBeGreaterThanOrEqual(beforeMs + 60_000);
    expect(slots.held[0]?.untilMs).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(operate(first.state, 'take', { ...REQUEST, run: 'b' }).answers).toEqual([{ granted: false }]);
  });

  it('takes a slot back', () => {
    const taken = operate(undefined, 'take', REQUEST);
    const freed = operate(taken.state, 'release', REQUEST);
    expect(freed.state).toEqual({ held: [], waiting: [] });
    expect(operate(freed.state, 'take', { ...REQUEST, run: 'b' }).answers).toEqual([{ granted: true }]);
  });

  it('prolongs a slot', () => {
    const taken = operate(undefined, 'take', { ...REQUEST, leaseMs: 1 });
    const renewed = slotsSchema.parse(operate(taken.state, 'renew', REQUEST).state);
    expect(renewed.held[0]?.untilMs).toBeGreaterThan(Date.now() + 30_000);
  });

  it('begins anew where the state is none of its own', () => {
    expect(operate({ other: 1 }, 'take', REQUEST).answers).toEqual([{ granted: true }]);
  });

  it('answers nothing, and changes nothing, for what it does not know', () => {
    expect(operate(undefined, 'constructor', REQUEST)).toEqual({ state: undefined, answers: [] });
    expect(operate(undefined, 'take', undefined)).toEqual({ state: undefined, answers: [] });
  });
});
