import type { HttpResponseInit } from '@azure/functions';
import { required } from '../../activities/activity.ts';
import type { Services } from '../../activities/services.ts';

/** Artifacts that a transfer document carries inline; beyond, it has its counts only. */
const MAX_INLINE_ARTIFACTS = 1000;

/** The transfer as it stands now. A 202 says where to look again. */
export async function transferResponse(services: Services, id: string, status: number): Promise<HttpResponseInit> {
  const document = required(await services.transfers.readDocument(id), `request.json of ${id}`);
  const { artifacts, ...summary } = document;
  const jsonBody = document.counts.total > MAX_INLINE_ARTIFACTS ? summary : { ...summary, artifacts };
  return { status, jsonBody, headers: status === 202 ? { location: `/api/transfers/${id}` } : {} };
}
