/** What became of one artifact. */
export const OUTCOMES = ['Transferred', 'AlreadyPresent', 'Failed', 'Skipped', 'Canceled', 'HandedOver'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const TRANSFER_STATES = [
  'Accepted',
  'Running',
  'Canceling',
  'Paused',
  'Succeeded',
  'CompletedWithErrors',
  'Failed',
  'Canceled',
  'HandedOver',
] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];

const FINAL_STATES: readonly TransferState[] = ['Succeeded', 'CompletedWithErrors', 'Failed', 'Canceled', 'HandedOver'];

export function isFinalState(state: TransferState): boolean {
  return FINAL_STATES.includes(state);
}

/** Whether an artifact of that outcome is what another transfer would have to move. */
export function isWorthRetrying(outcome: Outcome | null): boolean {
  return outcome === 'Failed' || outcome === 'Skipped' || outcome === 'Canceled';
}

export type OutcomeCounts = { total: number } & Record<Outcome, number>;

/** How many artifacts have each outcome; open ones (`null`) count in `total` only. */
export function countOutcomes(outcomes: readonly (Outcome | null)[]): OutcomeCounts {
  const counts = { total: outcomes.length } as OutcomeCounts;
  for (const outcome of OUTCOMES) counts[outcome] = outcomes.filter((other) => other === outcome).length;
  return counts;
}

/**
 * The state a transfer ends in: `Succeeded` when every artifact is in the target, `HandedOver` when the rest is left for
 * the other side, `Failed` when none got that far or the transfer stopped at a failure (`stopped`, without
 * continueOnErrors), `CompletedWithErrors` otherwise.
 */
export function decideFinalState(counts: OutcomeCounts, stopped: boolean): TransferState {
  const arrived = counts.Transferred + counts.AlreadyPresent;
  if (arrived === counts.total) return 'Succeeded';
  if (arrived + counts.HandedOver === counts.total) return 'HandedOver';
  if (arrived + counts.HandedOver === 0 || stopped) return 'Failed';
  return 'CompletedWithErrors';
}
