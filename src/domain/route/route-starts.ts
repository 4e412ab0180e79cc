import { z } from 'zod';
import { pinsOf } from '../selection/pinned.ts';
import { parseSelector } from '../selection/selector.ts';
import { artifactsSchema, transferOptionsSchema } from '../transfer/request.ts';
import { parseNcrontab } from './ncrontab.ts';

const options = transferOptionsSchema.default({});

/** `second minute hour day month weekday` in UTC that comes at least once in ten years. */
const cronSchema = z.string().superRefine((text, context) => {
  const fault = faultOfCron(text);
  if (fault) context.addIssue({ code: 'custom', input: text, message: fault });
});

function faultOfCron(text: string): string | undefined {
  const allowed = 'allowed: an NCRONTAB expression, second minute hour day month weekday, in UTC';
  try {
    return parseNcrontab(text).next(new Date()) ? undefined : `${allowed}, that names a day which comes`;
  } catch (error) {
    return `${allowed}: ${(error as Error).message}`;
  }
}

/** A transfer that starts at certain times. */
export const scheduleSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'allowed: 1 to 32 of a-z, 0-9 and inner hyphens'),
  cron: cronSchema,
  artifacts: artifactsSchema,
  options,
  /** What happens when the schedule's previous transfer still runs: this one is left out, or runs beside it. */
  overlap: z.enum(['skip', 'allow'], 'allowed: skip, allow').default('skip'),
});
export type RouteSchedule = z.infer<typeof scheduleSchema>;

/** All schedules of a route. */
export const schedulesSchema = z
  .array(scheduleSchema)
  .max(50, 'allowed: at most 50 schedules')
  .superRefine((schedules, context) => {
    schedules.forEach(({ name }, index) => {
      if (schedules.findIndex((other) => other.name === name) === index) return;
      const message = 'allowed: a name that no other schedule of the route has';
      context.addIssue({ code: 'custom', path: [index, 'name'], input: name, message });
    });
  })
  .default([]);

/** What a push is compared with has to tell by the pushed name alone. */
const pushSelectorsSchema = artifactsSchema.superRefine((texts, context) => {
  texts.forEach((text, index) => {
    const parsed = parseSelector(text);
    const isPlain =
      'fault' in parsed || (parsed.selector.newest === undefined && parsed.selector.tags.kind !== 'digest');
    if (isPlain && pinsOf([text]).size === 0) return;
    const message = 'allowed: repository:tag, globs and versions; neither digests nor "newest", which no push tells';
    context.addIssue({ code: 'custom', path: [index], input: text, message });
  });
});

/** Transfers of what is pushed to the source registry: pushes are gathered for a while and become one transfer. */
export const onPushSchema = z.strictObject({
  artifacts: pushSelectorsSchema,
  /** From the first push on. */
  gatherSeconds: z.number().int().min(1).max(900).default(120),
  options,
});
export type OnPush = z.infer<typeof onPushSchema>;
