import { z } from 'zod';
import { addMs } from '../time.ts';
import { parseNcrontab } from './ncrontab.ts';

/** What is kept of a schedule: the transfer that it started last, and the time it was due at (ISO 8601). */
export const scheduleRecordSchema = z.object({ transfer: z.string(), dueAt: z.string() });
export type ScheduleRecord = z.infer<typeof scheduleRecordSchema>;

/** A timer may ring so much before its time. */
const EARLY_MS = 500;

/**
 * The time that a tick at `now` is for: the last one that the expression names. So a tick that runs twice, or on two
 * machines, is for the same time, and one that makes up for several missed ones is for the last of them.
 */
export function dueTimeOf(cron: string, now: Date): Date | undefined {
  return parseNcrontab(cron).last(addMs(now, EARLY_MS));
}
