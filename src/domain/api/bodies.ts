import { z } from 'zod';
import { SIDES } from '../errors.ts';

const MAX_CHECKED_ARTIFACTS = 100;
const artifactsAllowed = `allowed: up to ${MAX_CHECKED_ARTIFACTS} texts, repository:tag or repository@digest`;

/** Body of `POST /routes/{route}/check`; an empty one is `{}`. */
export const checkRequestSchema = z.strictObject(
  {
    artifacts: z
      .array(z.string(), { error: artifactsAllowed })
      .max(MAX_CHECKED_ARTIFACTS, { error: artifactsAllowed })
      .default([]),
  },
  { error: 'allowed: nothing, or { "artifacts": [...] }' },
);

/** Body of `POST /routes/{route}/rotate-sas`; an empty one is `{}`. */
export const rotationRequestSchema = z.strictObject({
  side: z.enum(SIDES, `allowed: ${SIDES.join(', ')}`).optional(),
  force: z.boolean('allowed: true, false').default(false),
});

/** Body of `POST /imports`. */
export const importRequestSchema = z.strictObject({
  route: z.string().min(1),
  archive: z.string().min(1, 'allowed: the name of a blob').max(1024, 'allowed: up to 1024 characters'),
  /** Also what has been imported is imported again. */
  force: z.boolean('allowed: true, false').default(false),
});

const planForm = z.strictObject({ plan: z.string() });
const planMeaning = 'What an earlier transfer resolved, each tag with the digest that it had then.';

/** The artifacts of a request in any of the forms that they may have; the entries are judged by the transfer request. */
export const artifactsFormSchema = z.union([
  z.array(z.string()).min(1),
  z.string().describe('The text of a list: one entry a line, # begins a comment.'),
  z.strictObject({ blob: z.string() }).describe('A list under lists/ of the container acr-transfer.'),
  planForm.describe(planMeaning),
]);
