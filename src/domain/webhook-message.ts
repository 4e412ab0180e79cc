import type { ImportReport } from './import-report.ts';
import type { TransferDocument } from './transfer-document.ts';

/** Artifacts that a message names; of a larger transfer it has the counts only. */
export const MAX_WEBHOOK_ARTIFACTS = 100;

/** What is told of an end, in the form of Standard Webhooks. The same for each try. */
export interface WebhookMessage {
  type: 'transfer.ended' | 'import.ended';
  /** Of the end, ISO 8601. */
  timestamp: string;
  data: object;
}

/** The message of a transfer's end: what a receiver decides by, and where the report is. */
export function messageOfTransfer(report: TransferDocument): WebhookMessage {
  const { id, route, state, requestedBy, requestedAt, startedAt, finishedAt, retryOf, counts, bytes, error } = report;
  const artifacts = report.artifacts ?? [];
  const named = artifacts.map(({ artifact, outcome, digest }) => ({ artifact, outcome, digest }));
  const data = {
    ...{ id, route, state, requestedBy, requestedAt, startedAt, finishedAt, retryOf, counts, bytes, error },
    report: `/api/transfers/${id}/report`,
    ...(named.length <= MAX_WEBHOOK_ARTIFACTS ? { artifacts: named } : {}),
  };
  return { type: 'transfer.ended', timestamp: finishedAt ?? requestedAt, data };
}

/** The message of an import's end. */
export function messageOfImport(report: ImportReport): WebhookMessage {
  const { id, route, archive, state, run, artifacts, error, finishedAt } = report;
  const data = {
    ...{ id, route, state, archive, run, finishedAt, error, counts: { total: artifacts.length } },
    ...(artifacts.length <= MAX_WEBHOOK_ARTIFACTS ? { artifacts } : {}),
  };
  return { type: 'import.ended', timestamp: finishedAt, data };
}
