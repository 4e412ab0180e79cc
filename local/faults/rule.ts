import { z } from 'zod';
import { SERVICES } from '../calls/service.ts';
import { patternSchema } from './pattern.ts';
import { MAX_SEED } from './random.ts';

/** Statuses that a fault can answer with. */
export const FAULT_STATUSES = [401, 403, 404, 409, 412, 429, 500, 503] as const;

const MAX_MS = 86_400_000;
const MAX_SKEW_SECONDS = 10 * 366 * 86_400;
const codeSchema = z.string().regex(/^[\w.-]{1,80}$/, '1 to 80 letters, digits, ".", "_", "-"');
const messageSchema = z.string().min(1).max(1000);

const statusSchema = z.strictObject({
  kind: z.literal('status'),
  status: z.literal(FAULT_STATUSES),
  /** As the answer's `Retry-After`; left out, 429 has 1 and the others have none. */
  retryAfterSeconds: z.number().int().min(0).max(3600).optional(),
  /** Replaces the service's own code and text. */
  code: codeSchema.optional(),
  message: messageSchema.optional(),
});

const callFaults = [
  statusSchema,
  /** Answered as usual, but later. */
  z.strictObject({ kind: z.literal('delay'), delayMs: z.number().int().min(1).max(MAX_MS) }),
  /** Not answered until the client gives up, `limitMs` are over or the rule ends: then the connection is cut. */
  z.strictObject({ kind: z.literal('hang'), limitMs: z.number().int().min(1).max(MAX_MS).optional() }),
  /** No answer: `before` the request was executed, or `after` (what it did is done, its answer is lost). */
  z.strictObject({ kind: z.literal('cut'), when: z.enum(['before', 'after']).default('before') }),
  /** Half of the body (or its first `afterBytes` bytes), then the connection is cut. */
  z.strictObject({ kind: z.literal('truncate'), afterBytes: z.number().int().min(0).optional() }),
  /** A byte of the body is another one. */
  z.strictObject({ kind: z.literal('corrupt') }),
] as const;

/** A pipeline run fails: one with such an artifact, or of such an archive; `named` says whether its message tells. */
const poisonSchema = z.strictObject({
  kind: z.literal('poison'),
  artifact: patternSchema.optional(),
  /** The name of the archive. */
  blob: patternSchema.optional(),
  direction: z.enum(['export', 'import']).optional(),
  named: z.boolean().default(true),
  code: codeSchema.optional(),
  message: messageSchema.optional(),
});

/** Services judge tokens and signatures by a clock that is ahead by so many seconds (behind: a negative number). */
const skewSchema = z.strictObject({
  kind: z.literal('clockSkew'),
  skewSeconds: z.number().int().min(-MAX_SKEW_SECONDS).max(MAX_SKEW_SECONDS),
});

/** Which calls a rule is for (all that it says together), how often, for how long, and what becomes of them. */
export const ruleSchema = z
  .strictObject({
    name: z.string().min(1).max(100).optional(),
    /** Left out: all but the proxy and the delivery of events. */
    services: z.array(z.enum(SERVICES)).min(1).readonly().optional(),
    method: patternSchema.optional(),
    host: patternSchema.optional(),
    /** As it was sent, without the query. */
    path: patternSchema.optional(),
    operation: patternSchema.optional(),
    identity: patternSchema.optional(),
    /** So many matching calls pass first; default 0. */
    skip: z.number().int().min(0).optional(),
    /** So many calls are broken at most. */
    times: z.number().int().min(1).optional(),
    /** The share of calls that are broken, drawn for each; default 1. */
    rate: z.number().gt(0).max(1).optional(),
    /** For the draws; left out, it derives from the one seed of the local cloud. */
    seed: z.number().int().min(0).max(MAX_SEED).optional(),
    /** The rule ends so long after it was made. */
    forMs: z.number().int().min(1).max(MAX_MS).optional(),
    fault: z.discriminatedUnion('kind', [...callFaults, poisonSchema, skewSchema]),
  })
  .superRefine((rule, context) => {
    for (const { path, message } of contradictionsOf(rule)) context.addIssue({ code: 'custom', path: [path], message });
  });

export type FaultRuleInput = z.input<typeof ruleSchema>;
export type FaultRule = z.output<typeof ruleSchema>;
export type Fault = FaultRule['fault'];
export type CallFault = Exclude<Fault, { kind: 'poison' | 'clockSkew' }>;

const MATCHING = ['method', 'host', 'path', 'operation', 'identity'] as const;
const COUNTING = ['skip', 'times', 'rate', 'seed'] as const;

/** Kinds that a service does not have. */
const NOT_OF: Readonly<Record<string, readonly string[]>> = {
  proxy: ['corrupt', 'clockSkew'],
  eventGrid: ['truncate', 'corrupt', 'clockSkew'],
};

type AnyRule = Record<string, unknown> & { fault: { kind: string }; services?: readonly string[] | undefined };

function contradictionsOf(rule: AnyRule): { path: string; message: string }[] {
  const { kind } = rule.fault;
  const meaningless: string[] = [];
  if (kind === 'poison') meaningless.push('services', ...MATCHING);
  if (kind === 'clockSkew') meaningless.push(...MATCHING, ...COUNTING);
  const faults = meaningless
    .filter((name) => rule[name] !== undefined)
    .map((path) => ({ path, message: `not for ${kind}` }));
  const strange = Object.entries(NOT_OF).filter(
    ([name, kinds]) => rule.services?.includes(name) && kinds.includes(kind),
  );
  return [...faults, ...strange.map(([name]) => ({ path: 'services', message: `${name} does not have ${kind}` }))];
}

/** Reads a rule. @throws RangeError that names everything that is wrong with it */
export function parseRule(value: unknown): FaultRule {
  const parsed = ruleSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the rule'}: ${message}`);
  throw new RangeError(`The rule ${JSON.stringify(value)} is not one: ${faults.join('; ')}.`);
}
