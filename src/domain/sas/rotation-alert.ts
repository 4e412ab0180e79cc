import type { RotationDecision } from './rotation.ts';

const DAY_MS = 86_400_000;

/** Whether a token that could not be replaced needs somebody now: it does not work, or not in a day from `now`. */
export function isUrgent(found: RotationDecision, now: Date): boolean {
  if (found.state === 'Broken') return true;
  return found.state === 'Due' && Date.parse(found.expiresAt) - now.getTime() < DAY_MS;
}
