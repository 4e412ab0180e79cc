import type { ImportDocument } from '../import/import-document.ts';
import { countOutcomes } from '../outcome.ts';
import type { TransferDocument } from '../transfer/transfer-document.ts';

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
export function messageOfImport(document: ImportDocument): WebhookMessage {
  const { id, route, state, archive, requestedBy, requestedAt, startedAt, finishedAt, artifacts, error } = document;
  const { account, container, name, bytes } = archive;
  const named = artifacts.map(({ artifact, outcome, digest }) => ({ artifact, outcome, digest }));
  const data = {
    ...{ id, route, state, requestedBy, requestedAt, startedAt, finishedAt, error },
    archive: { account, container, name, bytes },
    runs: document.runs.map(({ run }) => run),
    transfer: document.receipt.transfer,
    counts: countOutcomes(artifacts.map(({ outcome }) => outcome)),
    report: `/api/imports/${id}`,
    ...(named.length <= MAX_WEBHOOK_ARTIFACTS ? { artifacts: named } : {}),
  };
  return { type: 'import.ended', timestamp: finishedAt ?? requestedAt, data };
}
