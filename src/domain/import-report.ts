import { z } from 'zod';
import { failureSchema } from './failure-schema.ts';
import { webhookRecordSchema } from './webhook.ts';

/** What became of one blob that landed in an import pipeline's container. */
export const importReportSchema = z.object({
  id: z.string(),
  route: z.string(),
  archive: z.object({ account: z.string(), container: z.string(), name: z.string() }),
  state: z.enum(['Ignored', 'Succeeded', 'Failed']),
  /** Why the blob was left alone. */
  reason: z.string().nullable(),
  run: z.string().nullable(),
  /** As the import run names them, each with the digest found in the target afterwards. */
  artifacts: z.array(z.object({ artifact: z.string(), digest: z.string().nullable() })),
  error: failureSchema.nullable(),
  finishedAt: z.string(),
  /** There where the route's webhook is to be told of this end; how that went is beside it. */
  webhook: webhookRecordSchema.optional(),
});
export type ImportReport = z.infer<typeof importReportSchema>;
