import type { OrchestrationContext, Task } from 'durable-functions';
import type { ActivityResult, ActivityValue, Orchestrators, PagedActivity } from '../domain/activities.ts';
import { type Failure, SIDES } from '../domain/errors.ts';
import { instanceIds } from '../domain/names.ts';
import { planPageRanges, planSegments, segmentsInFlight } from '../domain/plan/plan.ts';
import { isCanceled } from '../domain/transfer/control.ts';
import { callActivity, callChild, insist, type Step, startChild } from './call.ts';
import { heal } from './heal.ts';
import { type Waits, waitOut, workPages } from './pages.ts';
import { slide } from './slide.ts';

/**
 * A transfer from its recorded request to its report. The input is the transfer's id and nothing else: request, plan,
 * results and report are blobs of its record, so this history holds ids and counters only.
 */
export function* transferOrchestrator(context: OrchestrationContext): Step<string> {
  const transfer = context.df.getInput<string>();
  const begun = yield* callActivity(context, 'beginTransfer', { transfer });
  if (begun.ok && begun.value.ended) return 'AlreadyEnded';
  const failure = begun.ok ? yield* moveArtifacts(context, transfer, begun.value) : begun.failure;
  const report = yield* insist(context, 'writeReport', { transfer, error: failure });
  if (!report.ok) throw new Error(`report of ${transfer}: ${report.failure.code}: ${report.failure.message}`);
  // Only now, and without waiting for it: no webhook delays or fails a transfer.
  const { notify: end, state } = report.value;
  if (end !== undefined) yield* insist(context, 'startNotification', { kind: 'transfer', id: transfer, end });
  return state;
}

/** Resolves, plans and moves. Returns the failure that stopped the transfer as a whole, if one did. */
function* moveArtifacts(
  context: OrchestrationContext,
  transfer: string,
  { route, pages: known, selects, pagesPerChild }: ActivityValue<'beginTransfer'>,
): Step<Failure | null> {
  const fault = yield* preflight(context, transfer, route);
  if (fault) return fault;
  const waits = { place: 'resolve', count: 0 };
  const selected: ActivityResult<number> = selects
    ? yield* selectArtifacts(context, transfer, waits, pagesPerChild)
    : { ok: true, value: known };
  if (!selected.ok) return isCanceled(selected.failure) ? null : selected.failure;
  const pages = selected.value;
  const list = { activity: 'resolveArtifacts', pages, pagesPerChild } as const;
  const resolved = yield* workList(context, transfer, list, waits);
  if (!resolved.ok) return isCanceled(resolved.failure) ? null : resolved.failure;
  const planned = yield* callActivity(context, 'planTransfer', { transfer, pages });
  if (!planned.ok) return planned.failure;
  const { batches, maxParallelBatches, stopped } = planned.value;
  if (!stopped) yield* runSegments(context, transfer, batches, maxParallelBatches);
  return null;
}

/** Resolves the request's selectors: how many pages of artifacts they come to. */
function* selectArtifacts(
  context: OrchestrationContext,
  transfer: string,
  waits: Waits,
  pagesPerChild: number | undefined,
): Step<ActivityResult<number>> {
  for (;;) {
    const found = yield* callActivity(context, 'selectRepositories', { transfer });
    if (!found.ok) return found;
    const { halt, pages } = found.value;
    if (halt === null) {
      const list = { activity: 'selectArtifacts', pages, pagesPerChild } as const;
      const selected = yield* workList(context, transfer, list, waits);
      if (!selected.ok) return selected;
      const joined = yield* callActivity(context, 'joinSelection', { transfer, pages });
      return joined.ok ? { ok: true, value: joined.value.pages } : joined;
    }
    const passed = yield* waitOut(context, transfer, halt, waits);
    if (!passed.ok) return passed;
  }
}

/** Has a list of pages worked on: one page, and those of older versions, in here, more in children. */
function* workList(
  context: OrchestrationContext,
  transfer: string,
  { activity, pages, pagesPerChild }: PagedList,
  waits: Waits,
): Step<ActivityResult<null>> {
  if (pages === 1 || pagesPerChild === undefined) {
    return yield* workPages(context, { transfer, activity, first: 1, last: pages }, waits);
  }
  for (const { first, last } of planPageRanges(pages, pagesPerChild)) {
    const input = { transfer, activity, first, last };
    const done = yield* callChild(context, 'workPages', input, instanceIds.pages(transfer, activity, first));
    if (!done.ok) return done;
  }
  return { ok: true, value: null };
}

interface PagedList {
  activity: PagedActivity;
  pages: number;
  pagesPerChild: number | undefined;
}

/** Checks the route; a broken SAS token is replaced, on each side once, and the route checked again. */
function* preflight(context: OrchestrationContext, transfer: string, route: string): Step<Failure | null> {
  for (let healed = 0; ; healed++) {
    const checked = yield* callActivity(context, 'preflightRoute', { transfer });
    if (checked.ok) return null;
    if (healed === SIDES.length || !(yield* heal(context, route, checked.failure))) return checked.failure;
  }
}

function* runSegments(
  context: OrchestrationContext,
  transfer: string,
  batches: number,
  maxParallelBatches: number,
): Step<void> {
  const starts = planSegments(batches, maxParallelBatches).map(
    (segment) => () =>
      startChild(context, 'segment', { transfer, ...segment }, instanceIds.segment(transfer, segment.segment)),
  );
  yield* slide(context, segmentsInFlight(maxParallelBatches), starts, wasStopped);
}

function wasStopped(ended: Task): boolean {
  // A child that threw has accounted for nothing; the report does, and the other segments go on.
  return !ended.isFaulted && (ended.result as Orchestrators['segment']['output']).stopped;
}
