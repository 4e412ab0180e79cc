import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { queries } from '../../domain/api/queries.ts';
import { type ArtifactPage, pageArtifacts } from '../../domain/transfer/artifact-page.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';

/** `GET /transfers/{id}/artifacts`: in the order of the request, page by page, also while the transfer goes on. */
export function listArtifacts(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, async ({ id }) => {
    const parsed = parseQuery(call, queries.listArtifacts);
    if ('refused' in parsed) return parsed.refused;
    const { continuation, outcome, search, limit } = parsed.query;
    const after = continuation === undefined ? undefined : Number(continuation);
    const document = await services.transfers.readDocument(id);
    const jsonBody: ArtifactPage = pageArtifacts(document?.artifacts ?? [], { outcome, search, limit, after });
    return { jsonBody };
  });
}
