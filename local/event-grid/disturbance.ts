import { z } from 'zod';
import { MAX_SEED, seededRandom } from '../faults/random.ts';

/** How deliveries are made worse on purpose: each is allowed by "at least once, in no order". */
export const disturbanceSchema = z.object({
  /** Share of deliveries that come twice, 0 to 1. */
  duplicateRate: z.number().min(0).max(1).default(0),
  /** A delivery waits up to so long before its first try, so that later ones may overtake it. */
  maxDelayMs: z.number().min(0).default(0),
  /** What all chance derives from: the same number, the same sequence. */
  seed: z.number().int().min(0).max(MAX_SEED).default(1),
});
export type Disturbance = z.infer<typeof disturbanceSchema>;

/** Delays of the deliveries that one event becomes: one, or two. */
export type PlanDeliveries = () => number[];

/** Deliveries as a disturbance has them; without one, each comes once and at once. */
export function planDeliveries({ duplicateRate, maxDelayMs, seed }: Disturbance): PlanDeliveries {
  const chance = seededRandom(seed);
  const delayMs = () => Math.floor(chance() * (maxDelayMs + 1));
  return () => (chance() < duplicateRate ? [delayMs(), delayMs()] : [delayMs()]);
}
