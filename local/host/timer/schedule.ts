import { parseNcrontab } from '../../../src/domain/route/ncrontab.ts';
import { parseTimeSpanMs } from '../time-span.ts';

/** When a timer runs next. */
export interface Schedule {
  /** The first occurrence after `from`, or `undefined` when there is none within ten years. */
  next(from: Date): Date | undefined;
}

/** Parses a timer's schedule: NCRONTAB, or a TimeSpan `hh:mm:ss` between runs. Throws an Error that names the fault. */
export function parseSchedule(text: string): Schedule {
  const intervalMs = parseTimeSpanMs(text);
  if (intervalMs === undefined) return parseNcrontab(text);
  if (intervalMs < 1000) throw new Error(`'${text}' is shorter than a second`);
  return { next: (from) => new Date(from.getTime() + intervalMs) };
}

/** The shortest time between two of the next runs, in milliseconds; `undefined` when there are no two. */
export function shortestIntervalMs(schedule: Schedule, from: Date): number | undefined {
  let previous = schedule.next(from);
  let shortest: number | undefined;
  for (let count = 0; count < 5 && previous !== undefined; count++) {
    const next = schedule.next(previous);
    if (next === undefined) return shortest;
    shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, next.getTime() - previous.getTime());
    previous = next;
  }
  return shortest;
}
