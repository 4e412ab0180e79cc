import type { EntityContext } from 'durable-functions';
import type { Entities } from '../domain/activities.ts';
import {
  NO_SLOTS,
  releaseSlot,
  renewSlot,
  type SlotRequest,
  slotsSchema,
  type Taken,
  takeSlot,
} from '../domain/batch/slots.ts';

type Operations = {
  [Name in keyof Entities['registrySlots']]: (slots: Taken['slots'], request: SlotRequest, nowMs: number) => Taken;
};

const operations: Operations = {
  take: takeSlot,
  renew: (slots, request, nowMs) => ({ slots: renewSlot(slots, request, nowMs), granted: true }),
  release: (slots, { run }, nowMs) => ({ slots: releaseSlot(slots, run, nowMs), granted: false }),
};

/**
 * The slots of one registry, shared by all transfers and imports: `take` answers whether the run has one now, `renew`
 * and `release` are signals. Each may come twice. A state that cannot be read is begun anew: whoever holds a slot has it
 * back with the next sign of life. What is no operation of it changes nothing.
 */
export function registrySlots({ df }: EntityContext<unknown>): void {
  const request = df.getInput<SlotRequest>();
  const operate = Object.entries(operations).find(([name]) => name === df.operationName)?.[1];
  if (request === undefined || operate === undefined) return;
  const known = slotsSchema.safeParse(df.getState()).data ?? NO_SLOTS;
  // Operations of an entity are not replayed: they may look at the clock, and all runs of a registry share this one.
  const { slots, granted } = operate(known, request, Date.now());
  df.setState(slots);
  df.return({ granted });
}
