import type { RunRequest, RunState } from '../../domain/activities.ts';
import { failureOfRun, judgeRun, type RunFacts } from '../../domain/batch/run-state.ts';
import { type Failure, TransferError, toFailure } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import { measureRun } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';
import type { Services } from '../services.ts';
import { diagnoseRun } from './diagnose-run.ts';
import { factsOfRun } from './run-facts.ts';
import { nameOfRun, routeOfOwner, showRun, showUnread, sideOfRun } from './run-owner.ts';

/** States of an operation that will not change any more. */
const ENDED = new Set(['succeeded', 'failed', 'canceled']);

const NOT_THERE_YET: Omit<RunState, 'operationUrl'> = {
  status: null,
  isFinal: false,
  succeeded: false,
  catalogDigest: null,
  failure: null,
  retryAfterMs: 0,
};

/** Reads a run once and shows it in the record. Reads only, so twice does no harm. */
export const readRun: Activity<'readRun'> = async (services, input) => {
  try {
    return await read(services, input);
  } catch (error) {
    const failure = toFailure(error);
    // The run is waited for as long as it may take: meanwhile somebody has to see what the app may not do any more. What
    // the records say to this is of less interest.
    if (failure.class === 'access') await showUnread(services, input, failure).catch(() => undefined);
    throw error;
  }
};

const read: Activity<'readRun'> = async (services, { operationUrl, ...request }) => {
  const route = await routeOfOwner(services, request.owner);
  const { pipelines } = services.side(route, sideOfRun(request));
  const name = nameOfRun(request);
  const found = await pipelines.getRun(name);
  if (!found) return describeAbsence(services, route, request, name, operationUrl);
  const facts = factsOfRun(name, found.run, found.correlationId);
  const state = await describeRun(services, route, request, facts, found.retryAfterMs);
  return { ...state, operationUrl };
};

/** What a run's facts mean for its orchestrator; a failed run is diagnosed first. */
export async function describeRun(
  services: Services,
  route: Route,
  request: RunRequest,
  facts: RunFacts,
  retryAfterMs = 0,
): Promise<RunState> {
  const judged = judgeRun(facts);
  let failure: Failure | null = failureOfRun(facts);
  if (failure && !judged.succeeded) failure = await diagnoseRun(services, route, request, failure);
  await showRun(services, request, facts, failure);
  if (judged.isFinal) measure(route, request, facts);
  const { status = null, catalogDigest = null } = facts;
  return { ...judged, status, catalogDigest, failure, retryAfterMs, operationUrl: null };
}

function measure({ name: route }: Route, { direction }: RunRequest, facts: RunFacts): void {
  const { startTime: startedAt, finishTime: finishedAt, status } = facts;
  if (startedAt && finishedAt && status) measureRun({ route, direction, status, startedAt, finishedAt });
}

/**
 * A run that was asked for and is not there: while its operation goes on, not there yet; otherwise the operation may tell
 * why. One that nobody can explain may show a little later.
 */
async function describeAbsence(
  services: Services,
  route: Route,
  request: RunRequest,
  name: string,
  operationUrl: string | null,
): Promise<RunState> {
  const side = sideOfRun(request);
  const operation = operationUrl ? await services.side(route, side).pipelines.getOperation(operationUrl) : undefined;
  if (operation?.error) {
    const { code = 'RUN_REFUSED', message = 'its operation failed without a message' } = operation.error;
    throw new TransferError(`Run ${name}: ${message}`, { class: 'service', code, side });
  }
  if (operation && !ENDED.has(operation.status.toLowerCase())) return { ...NOT_THERE_YET, operationUrl };
  const message = `Run ${name} was asked for and is not there${operation ? ` (operation: ${operation.status})` : ''}.`;
  throw new TransferError(message, { class: 'transient', code: 'RUN_GONE', side });
}
