import type { Counter } from '@opentelemetry/api';
import type { FailureClass, Side } from '../domain/errors.ts';
import type { ImportDocument } from '../domain/import/import-document.ts';
import type { Direction } from '../domain/names.ts';
import { countOutcomes, OUTCOMES } from '../domain/outcome.ts';
import type { TransferSummary } from '../domain/transfer/transfer-summary.ts';
import { perMeter } from './scope.ts';

/** Seconds at which the buckets of run durations end: from a few seconds to half a day. */
const DURATION_BOUNDARIES = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200];

const instruments = perMeter((meter) => ({
  transfers: meter.createCounter('acr_transfer.transfers', {
    description: 'Transfers that have ended, by state.',
    unit: '{transfer}',
  }),
  artifacts: meter.createCounter('acr_transfer.artifacts', {
    description: 'Artifacts of transfers that have ended, by outcome.',
    unit: '{artifact}',
  }),
  bytes: meter.createCounter('acr_transfer.copied', {
    description: 'Bytes of archives that were copied from source to target.',
    unit: 'By',
  }),
  imports: meter.createCounter('acr_transfer.imports', {
    description: 'Imports of blobs that landed which have ended, by state.',
    unit: '{import}',
  }),
  imported: meter.createCounter('acr_transfer.imports.artifacts', {
    description: 'Artifacts of such imports, by outcome.',
    unit: '{artifact}',
  }),
  runs: meter.createHistogram('acr_transfer.run.duration', {
    description: 'How long pipeline runs took, by direction and status.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
  }),
  retries: meter.createCounter('acr_transfer.retries', {
    description: 'Tries of steps that failed and are repeated, by step and failure class.',
    unit: '{try}',
  }),
  failures: meter.createCounter('acr_transfer.activity.failures', {
    description: 'Activities that failed, by name and failure class. Transient ones are run again.',
    unit: '{activity}',
  }),
}));

/** Counts a transfer that has ended, and its artifacts. */
export function countTransfer({ route, state, counts }: Pick<TransferSummary, 'route' | 'state' | 'counts'>): void {
  const { transfers, artifacts } = instruments();
  transfers.add(1, { 'acr_transfer.route': route, 'acr_transfer.state': state });
  addOutcomes(artifacts, route, counts);
}

/**
 * Counts an import of a blob that landed which has ended, and its artifacts; by counters of its own, because the app that
 * exported them may count them, too, in its transfers.
 */
export function countImport({ route, state, artifacts }: Pick<ImportDocument, 'route' | 'state' | 'artifacts'>): void {
  const { imports, imported } = instruments();
  imports.add(1, { 'acr_transfer.route': route, 'acr_transfer.state': state });
  addOutcomes(imported, route, countOutcomes(artifacts.map(({ outcome }) => outcome)));
}

function addOutcomes(counter: Counter, route: string, counts: TransferSummary['counts']): void {
  for (const outcome of OUTCOMES) {
    const labels = { 'acr_transfer.route': route, 'acr_transfer.outcome': outcome };
    if (counts[outcome] > 0) counter.add(counts[outcome], labels);
  }
}

/** Counts the bytes of an archive that is now in the target's container. */
export function countCopied(route: string, mode: 'server' | 'stream', sizeBytes: number): void {
  instruments().bytes.add(sizeBytes, { 'acr_transfer.route': route, 'acr_transfer.copy.mode': mode });
}

/** A run that has ended; `status` in the service's spelling, times in ISO 8601. */
export interface EndedRun {
  route: string;
  direction: Direction;
  status: string;
  startedAt: string;
  finishedAt: string;
}

/** Measures how long a run took; one whose times cannot be read is left out. */
export function measureRun({ route, direction, status, startedAt, finishedAt }: EndedRun): void {
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  if (Number.isNaN(seconds)) return;
  const labels = { 'acr_transfer.route': route, 'acr_transfer.run.direction': direction };
  instruments().runs.record(Math.max(0, seconds), { ...labels, 'acr_transfer.run.status': status });
}

/** Counts a try that failed and is repeated. */
export function countRetry(step: string, failureClass: FailureClass): void {
  instruments().retries.add(1, { 'acr_transfer.step': step, 'acr_transfer.failure.class': failureClass });
}

export function countActivityFailure(activity: string, failureClass: FailureClass): void {
  instruments().failures.add(1, { 'acr_transfer.activity': activity, 'acr_transfer.failure.class': failureClass });
}

const expiries = new Map<string, { route: string; side: Side; expiresAtMs: number }>();
let openTransfers: number | undefined;

/** Gauges tell what this worker has seen last, when somebody asks. */
const gauges = perMeter((meter) => {
  const expiry = meter.createObservableGauge('acr_transfer.sas_token.expiry', {
    description: "Seconds until a side's SAS token expires; below 0 it has.",
    unit: 's',
  });
  expiry.addCallback((result) => {
    for (const { route, side, expiresAtMs } of expiries.values()) {
      const seconds = (expiresAtMs - Date.now()) / 1000;
      result.observe(seconds, { 'acr_transfer.route': route, 'acr_transfer.side': side });
    }
  });
  const open = meter.createObservableGauge('acr_transfer.transfers.open', {
    description: 'Transfers that have not ended, as the reconciling timer last saw.',
    unit: '{transfer}',
  });
  open.addCallback((result) => {
    if (openTransfers !== undefined) result.observe(openTransfers);
  });
  return { expiry, open };
});

/** Keeps when a side's SAS token expires; what is no time (a token by stored policy) is forgotten. */
export function noteTokenExpiry(route: string, side: Side, expiresAt: string | null): void {
  gauges();
  const expiresAtMs = Date.parse(expiresAt ?? '');
  if (Number.isNaN(expiresAtMs)) expiries.delete(`${route}/${side}`);
  else expiries.set(`${route}/${side}`, { route, side, expiresAtMs });
}

/** Keeps how many transfers have not ended. */
export function noteOpenTransfers(count: number): void {
  gauges();
  openTransfers = count;
}
