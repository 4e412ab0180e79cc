import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../../src/activities/services.ts';
import type { ContainerStore } from '../../src/azure/blobs/storage.ts';
import { TransferRecords } from '../../src/azure/records/transfer-records.ts';
import type { Settings } from '../../src/config/settings.ts';
import { countOutcomes, type TransferState } from '../../src/domain/outcome.ts';
import { type Route, routeSchema } from '../../src/domain/route/route.ts';
import type { RequestRecord } from '../../src/domain/transfer/request.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { type Removed, summarize } from '../../src/domain/transfer/transfer-summary.ts';
import type { Call } from '../../src/functions/http/handler.ts';
import { SAMPLE_ROUTE } from '../unit/domain/sample-route.ts';
import { countingContainer, type RequestCounts } from './counting-container.ts';
import { memoryContainer } from './memory-container.ts';

const DAY_MS = 86_400_000;

/** Records in memory that count their requests, a Durable client that keeps what it is asked to start, and a log. */
export interface HistoryWorld {
  settings: Settings;
  services: Services;
  /** Where the records lie. */
  container: ContainerStore;
  transfers: TransferRecords;
  counts: RequestCounts;
  client: DurableClient;
  context: InvocationContext;
  /** Ids of the instances that were started, in order. */
  started: string[];
  /** Instances that are said to run already, so that none of that id is started. */
  running: Set<string>;
  /** Events that were logged. */
  events: Record<string, unknown>[];
}

/** `retention` in days. The route is called `public-to-china`. */
export function historyWorld(retention: Partial<Route['retention']> = {}): HistoryWorld {
  const { container, counts } = countingContainer(memoryContainer());
  const transfers = new TransferRecords(container);
  const route = routeSchema.parse({ ...SAMPLE_ROUTE, retention });
  const started: string[] = [];
  const running = new Set<string>();
  const events: Record<string, unknown>[] = [];
  const keep = (text: string) => void events.push(JSON.parse(text));
  const side = () => {
    throw new Error('nobody answers here');
  };
  return {
    settings: { routes: new Map([[route.name, route]]), faultyRoutes: [] } as unknown as Settings,
    services: { transfers, route: () => route, side } as unknown as Services,
    container,
    transfers,
    counts,
    client: clientOf(started, running),
    context: { log: keep, error: keep } as unknown as InvocationContext,
    started,
    running,
    events,
  };
}

function clientOf(started: string[], running: ReadonlySet<string>): DurableClient {
  const client = {
    getStatus: async (id: string) => {
      if (running.has(id)) return { runtimeStatus: 'Running' };
      throw new Error('there is none');
    },
    startNew: async (_: string, { instanceId }: { instanceId: string }) => void started.push(instanceId),
    purgeInstanceHistoryBy: async () => ({ instancesDeleted: 0 }),
  };
  return client as unknown as DurableClient;
}

/** The report of a transfer that ended `daysAgo`. */
export function reportOf(id: string, daysAgo: number, more: Partial<TransferDocument> = {}): TransferDocument {
  const at = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  const artifacts = [{ artifact: 'a:1', digest: null, mediaType: null, bytes: null, batch: null, attempts: [] }];
  return {
    id,
    route: SAMPLE_ROUTE.name,
    state: 'Succeeded',
    phase: null,
    requestedBy: 'key',
    requestedAt: at,
    startedAt: at,
    finishedAt: at,
    retryOf: null,
    correlationId: 'c',
    options: {},
    counts: countOutcomes(['Transferred']),
    bytes: { planned: 1, moved: 1 },
    batches: [],
    artifacts: artifacts.map((artifact) => ({ ...artifact, outcome: 'Transferred' })),
    error: null,
    ...more,
  };
}

/** Keeps transfers in the list of all as ended, without the rest of their records. */
export async function keepEnded(
  { transfers }: HistoryWorld,
  reports: readonly TransferDocument[],
  removed: Removed = { archives: false, runs: false },
): Promise<void> {
  for (const report of reports) await transfers.index.end(summarize(report), removed);
}

/** Keeps transfers as ended, with the requests that they were. */
export async function keepRequested(world: HistoryWorld, reports: readonly TransferDocument[]): Promise<void> {
  for (const report of reports) await world.transfers.createRequest(requestOf(report));
  await keepEnded(world, reports);
}

/** Accepts a transfer as a caller's request does, begins it, and ends it when a state is given. */
export async function makeTransfer(
  { transfers }: HistoryWorld,
  report: TransferDocument,
  state?: TransferState,
): Promise<void> {
  const request = requestOf(report);
  await transfers.createRequest(request);
  await transfers.begin(request);
  if (state) await transfers.writeReport({ ...report, state });
}

function requestOf(report: TransferDocument): RequestRecord {
  const { id, route, options, requestedBy, requestedAt, correlationId, retryOf } = report;
  return { id, route, artifacts: ['a:1'], options, requestedBy, requestedAt, correlationId, retryOf };
}

/** A GET as its handler gets it. */
export function getCall(query = '', params: Record<string, string> = {}): Call {
  const url = 'https://app.test/api/x';
  const request = { url, query: new URLSearchParams(query), params } as unknown as HttpRequest;
  return { request, client: {} as DurableClient, correlationId: 'c', caller: 'key' };
}

/** The body of an answer. */
export function bodyOf<T>({ jsonBody }: HttpResponseInit): T {
  return jsonBody as T;
}
