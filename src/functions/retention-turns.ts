import { type DueEntry, orderDue } from '../domain/transfer/retention-queue.ts';

/** What one run of a timer may spend; what is left over is due the next time too. */
export interface RetentionLimits {
  /** Deletions that are started. */
  starts: number;
  /** After so many milliseconds nothing more is begun. */
  timeMs: number;
}

/** How what is due is worked through. */
export interface Turns<T> {
  limits: RetentionLimits;
  /** When the run of the timer began. */
  since: Date;
  /** Where the run before stopped. */
  cursor: { read(): Promise<string | null>; write(after: string | null): Promise<void> };
  /** Must not throw. @returns whether something is deleted now */
  begin(due: T): Promise<boolean>;
}

/** Gives what is due its turn, in `orderDue`'s order, as far as the limits go; the next run goes on from there. */
export async function takeTurns<T extends DueEntry>(
  due: readonly T[],
  { limits, since, cursor, begin }: Turns<T>,
): Promise<{ started: number; left: number }> {
  const stoppedAt = await cursor.read();
  const ordered = orderDue(due, stoppedAt);
  let begun = 0;
  let started = 0;
  for (const entry of ordered) {
    if (started === limits.starts || isOver(limits, since)) break;
    if (await begin(entry)) started += 1;
    begun += 1;
  }
  const left = ordered.length - begun;
  const next = left > 0 ? (ordered[begun - 1]?.entry ?? stoppedAt) : null;
  if (next !== stoppedAt) await cursor.write(next);
  return { started, left };
}

/** Whether the time of a run that began `since` is over. */
export function isOver({ timeMs }: RetentionLimits, since: Date): boolean {
  return Date.now() - since.getTime() >= timeMs;
}
