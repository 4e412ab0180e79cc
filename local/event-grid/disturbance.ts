import { z } from 'zod';

/** How deliveries are made worse on purpose: each is allowed by "at least once, in no order". */
export const disturbanceSchema = z.object({
  /** Share of deliveries that come twice, 0 to 1. */
  duplicateRate: z.number().min(0).max(1).default(0),
  /** A delivery waits up to so long before its first try, so that later ones may overtake it. */
  maxDelayMs: z.number().min(0).default(0),
  /** What all chance derives from: the same number, the same sequence. */
  seed: z.number().int().default(1),
});
export type Disturbance = z.infer<typeof disturbanceSchema>;

/** Delays of the deliveries that one event becomes: one, or two. */
export type PlanDeliveries = () => number[];

/** Deliveries as a disturbance has them; without one, each comes once and at once. */
export function planDeliveries({ duplicateRate, maxDelayMs, seed }: Disturbance): PlanDeliveries {
  const chance = chances(seed);
  const delayMs = () => Math.floor(chance() * (maxDelayMs + 1));
  return () => (chance() < duplicateRate ? [delayMs(), delayMs()] : [delayMs()]);
}

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
