import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import type { Services } from '../../activities/services.ts';
import { type ArtifactPage, pageArtifacts } from '../../domain/artifact-page.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { codeParameter, pageParameters, parseQuery } from './parse-query.ts';

const querySchema = z.strictObject({
  ...codeParameter,
  ...pageParameters,
  outcome: z.enum(OUTCOMES, `allowed: ${OUTCOMES.join(', ')}`).optional(),
  search: z.string().optional(),
  continuation: z
    .string()
    .regex(/^\d{1,9}$/, 'allowed: the continuation of the page before')
    .transform(Number)
    .optional(),
});

/** `GET /transfers/{id}/artifacts`: in the order of the request, page by page, also while the transfer goes on. */
export function listArtifacts(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, async ({ id }) => {
    const parsed = parseQuery(call, querySchema);
    if ('refused' in parsed) return parsed.refused;
    const { continuation: after, outcome, search, limit } = parsed.query;
    const document = await services.transfers.readDocument(id);
    const jsonBody: ArtifactPage = pageArtifacts(document?.artifacts ?? [], { outcome, search, limit, after });
    return { jsonBody };
  });
}
