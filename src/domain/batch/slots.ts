import { z } from 'zod';

/** How long a slot is held without a sign of life. Whoever holds one renews it long before. */
export const SLOT_LEASE_MS = 600_000;
/** How long a place in the queue is kept without a sign of life; who waits asks at least once a minute. */
export const PLACE_LEASE_MS = 300_000;
/** Runs that have a place in the queue at most; what comes after asks again without one. */
export const MAX_PLACES = 1000;

const leaseSchema = z.object({ run: z.string(), untilMs: z.number() });
/** What is promised to a run, until a time (milliseconds since 1970). */
export type Lease = z.infer<typeof leaseSchema>;

/** State of a registry's slots: who holds one, and who waits for one, in the order of arrival. */
export const slotsSchema = z.object({ held: z.array(leaseSchema), waiting: z.array(leaseSchema) });
export type Slots = z.infer<typeof slotsSchema>;

export const NO_SLOTS: Slots = { held: [], waiting: [] };

/** A run that asks for a slot, or says that it still needs the one it has. */
export interface SlotRequest {
  run: string;
  /** Slots of the registry. */
  limit: number;
  /** How long it may be silent from now on. */
  leaseMs: number;
}

/** What an operation on slots came to. */
export interface Taken {
  slots: Slots;
  granted: boolean;
}

/**
 * Grants a slot to a run while there are more free ones than runs that wait before it; otherwise keeps its place. One
 * that holds a slot keeps it, so asking twice is asking once. Leases that have passed count no more.
 */
export function takeSlot(before: Slots, { run, limit, leaseMs }: SlotRequest, nowMs: number): Taken {
  const { held, waiting } = dropExpired(before, nowMs);
  const lease = { run, untilMs: nowMs + leaseMs };
  if (has(held, run)) return { slots: { held: put(held, lease), waiting }, granted: true };
  const place = waiting.findIndex((other) => other.run === run);
  const ahead = place < 0 ? waiting.length : place;
  if (ahead < limit - held.length) {
    return { slots: { held: [...held, lease], waiting: without(waiting, run) }, granted: true };
  }
  const isFull = place < 0 && waiting.length >= MAX_PLACES;
  const kept = isFull ? waiting : put(waiting, { run, untilMs: nowMs + PLACE_LEASE_MS });
  return { slots: { held, waiting: kept }, granted: false };
}

/**
 * Prolongs the slot of a run that goes on. One whose lease has passed has it back, even over the limit: the registry
 * works on its run, whatever was promised to others since.
 */
export function renewSlot(before: Slots, { run, leaseMs }: Pick<SlotRequest, 'run' | 'leaseMs'>, nowMs: number): Slots {
  const { held, waiting } = dropExpired(before, nowMs);
  return { held: put(held, { run, untilMs: nowMs + leaseMs }), waiting: without(waiting, run) };
}

/** Takes back what a run has, be it a slot or a place in the queue. Of one that has neither, nothing. */
export function releaseSlot(before: Slots, run: string, nowMs: number): Slots {
  const { held, waiting } = dropExpired(before, nowMs);
  return { held: without(held, run), waiting: without(waiting, run) };
}

/** Whether a lease has to be renewed before its holder is silent for `silentMs`: half of it would have passed then. */
export function isRenewalDue(sinceRenewalMs: number, silentMs: number): boolean {
  return sinceRenewalMs + silentMs >= SLOT_LEASE_MS / 2;
}

function dropExpired({ held, waiting }: Slots, nowMs: number): Slots {
  const isAlive = ({ untilMs }: Lease) => untilMs > nowMs;
  return { held: held.filter(isAlive), waiting: waiting.filter(isAlive) };
}

function has(leases: readonly Lease[], run: string): boolean {
  return leases.some((lease) => lease.run === run);
}

function without(leases: readonly Lease[], run: string): Lease[] {
  return leases.filter((lease) => lease.run !== run);
}

/** Replaces a run's lease where it stands, or adds it at the end. */
function put(leases: readonly Lease[], lease: Lease): Lease[] {
  if (!has(leases, lease.run)) return [...leases, lease];
  return leases.map((other) => (other.run === lease.run ? lease : other));
}
