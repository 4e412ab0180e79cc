import { z } from 'zod';
import { IMPORT_STATES } from '../import/import-document.ts';
import { OUTCOMES, TRANSFER_STATES } from '../outcome.ts';

const MAX_PAGE = 200;
const time = z.iso.datetime({ offset: true, error: 'allowed: a time in ISO 8601 with zone' });

/** The function key, for callers that send it in the URL. */
const code = z.string().optional();
const page = {
  limit: z.coerce
    .number(`allowed: 1 to ${MAX_PAGE}`)
    .int()
    .min(1)
    .max(MAX_PAGE, `allowed: 1 to ${MAX_PAGE}`)
    .default(20),
  continuation: z.string().optional(),
};

/** What each call takes after the `?`; anything else is refused. */
export const queries = {
  none: z.strictObject({ code }),
  startTransfer: z.strictObject({ code, dryRun: z.enum(['true', 'false'], 'allowed: true, false').default('false') }),
  deleteTransfer: z.strictObject({ code, force: z.enum(['true', 'false'], 'allowed: true, false').default('false') }),
  listTransfers: z.strictObject({
    code,
    route: z.string().optional(),
    state: z.enum(TRANSFER_STATES, `allowed: ${TRANSFER_STATES.join(', ')}`).optional(),
    from: time.optional(),
    to: time.optional(),
    ...page,
  }),
  listArtifacts: z.strictObject({
    code,
    ...page,
    outcome: z.enum(OUTCOMES, `allowed: ${OUTCOMES.join(', ')}`).optional(),
    search: z.string().optional(),
    continuation: z
      .string()
      .regex(/^\d{1,9}$/, 'allowed: the continuation of the page before')
      .optional(),
  }),
  listImports: z
    .strictObject({
      code,
      route: z.string().optional(),
      state: z.enum(IMPORT_STATES, `allowed: ${IMPORT_STATES.join(', ')}`).optional(),
      ...page,
    })
    .refine(({ route, state }) => state !== 'Ignored' || route !== undefined, {
      path: ['route'],
      message: 'allowed: the name of a route, since state is Ignored',
    }),
  plan: z.strictObject({ code, format: z.enum(['json', 'text'], 'allowed: json, text').default('json') }),
  report: z.strictObject({ code, format: z.enum(['json', 'csv'], 'allowed: json, csv').default('json') }),
};
