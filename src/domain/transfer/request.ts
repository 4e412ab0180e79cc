import { z } from 'zod';
import { TRANSFER_ID, TRANSFER_ID_FORM } from '../names.ts';
import { parsePinned } from '../selection/pinned.ts';
import { isSelector, parseSelector } from '../selection/selector.ts';

/** Entries of one request, and artifacts that its selectors may come to. */
export const MAX_ARTIFACTS = 100_000;

export const transferOptionsSchema = z.strictObject({
  continueOnErrors: z.boolean().optional(),
  overwrite: z.boolean().optional(),
  /** Move what is there already, too. */
  force: z.boolean().optional(),
});
export type TransferOptions = z.infer<typeof transferOptionsSchema>;

/** A list of artifacts and selectors, each entry once. */
export const artifactsSchema = z
  .array(z.string())
  .min(1, 'allowed: at least one artifact')
  .max(MAX_ARTIFACTS, `allowed: at most ${MAX_ARTIFACTS} artifacts`)
  .superRefine((texts, context) => {
    const firstIndex = new Map<string, number>();
    texts.forEach((text, index) => {
      const parsed = parseEntry(text);
      if ('fault' in parsed) {
        context.addIssue({ code: 'custom', path: [index], input: text, message: parsed.fault });
        return;
      }
      const { name } = parsed;
      const first = firstIndex.get(name);
      if (first === undefined) firstIndex.set(name, index);
      else {
        const message = `is artifacts[${first}] again; allowed: each artifact once`;
        context.addIssue({ code: 'custom', path: [index], input: text, message });
      }
    });
  });

/** What an entry of a list, a selector or one artifact, is known by, with a digest or without; or what is wrong with it. */
function parseEntry(text: string): { name: string } | { fault: string } {
  if (isSelector(text)) {
    const parsed = parseSelector(text);
    return 'fault' in parsed ? parsed : { name: text };
  }
  return parsePinned(text);
}

/** The body of `POST /transfers`. */
export const transferRequestSchema = z.strictObject({
  route: z.string().min(1),
  artifacts: artifactsSchema,
  id: z.string().regex(TRANSFER_ID, `allowed: ${TRANSFER_ID_FORM}`).optional(),
  options: transferOptionsSchema.default({}),
});
export type TransferRequest = z.infer<typeof transferRequestSchema>;

/** Whether a list has to be resolved by the registry's catalog and tags before its artifacts are known. */
export function hasSelectors(entries: readonly string[]): boolean {
  return entries.some(isSelector);
}

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

const OPTIONS = ['continueOnErrors', 'overwrite', 'force'] as const;

/** Whether a new request asks for the same as the recorded one: route, artifacts in order, options. */
export function isSameRequest(record: RequestRecord, request: TransferRequest): boolean {
  const asked = (value: Pick<RequestRecord, 'route' | 'artifacts' | 'options'>) =>
    JSON.stringify([value.route, value.artifacts, ...OPTIONS.map((name) => value.options[name])]);
  return asked(record) === asked(request);
}
