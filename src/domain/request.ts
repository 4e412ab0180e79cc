import { z } from 'zod';
import { formatArtifact, parseArtifact } from './artifact.ts';
import { TRANSFER_ID, TRANSFER_ID_FORM } from './names.ts';

/** Artifacts of one request; the issue on scale raises it together with selectors. */
export const MAX_ARTIFACTS = 100_000;

export const transferOptionsSchema = z.strictObject({
  continueOnErrors: z.boolean().optional(),
  overwrite: z.boolean().optional(),
});
export type TransferOptions = z.infer<typeof transferOptionsSchema>;

const artifactsSchema = z
  .array(z.string())
  .min(1, 'allowed: at least one artifact')
  .max(MAX_ARTIFACTS, `allowed: at most ${MAX_ARTIFACTS} artifacts`)
  .superRefine((texts, context) => {
    const firstIndex = new Map<string, number>();
    texts.forEach((text, index) => {
      const parsed = parseArtifact(text);
      if ('fault' in parsed) {
        context.addIssue({ code: 'custom', path: [index], input: text, message: parsed.fault });
        return;
      }
      const name = formatArtifact(parsed.artifact);
      const first = firstIndex.get(name);
      if (first === undefined) firstIndex.set(name, index);
      else {
        const message = `is artifacts[${first}] again; allowed: each artifact once`;
        context.addIssue({ code: 'custom', path: [index], input: text, message });
      }
    });
  });

/** The body of `POST /transfers`. */
export const transferRequestSchema = z.strictObject({
  route: z.string().min(1),
  artifacts: artifactsSchema,
  id: z.string().regex(TRANSFER_ID, `allowed: ${TRANSFER_ID_FORM}`).optional(),
  options: transferOptionsSchema.default({}),
});
export type TransferRequest = z.infer<typeof transferRequestSchema>;

/** `request.json` of a transfer's record: what was asked, by whom, when. Written once, never changed. */
export const requestRecordSchema = z.object({
  id: z.string(),
  route: z.string(),
  artifacts: z.array(z.string()),
  options: transferOptionsSchema,
  requestedBy: z.string(),
  requestedAt: z.string(),
  correlationId: z.string(),
  retryOf: z.string().nullable(),
});
export type RequestRecord = z.infer<typeof requestRecordSchema>;

/** Whether a new request asks for the same as the recorded one: route, artifacts in order, options. */
export function isSameRequest(record: RequestRecord, request: TransferRequest): boolean {
  const asked = (value: Pick<RequestRecord, 'route' | 'artifacts' | 'options'>) =>
    JSON.stringify([value.route, value.artifacts, value.options.continueOnErrors, value.options.overwrite]);
  return asked(record) === asked(request);
}
