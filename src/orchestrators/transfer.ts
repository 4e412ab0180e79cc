import type { OrchestrationContext, Task } from 'durable-functions';
import type { ActivityResult, ActivityValue, Orchestrators } from '../domain/activities.ts';
import { type Halt, isCanceled } from '../domain/control.ts';
import { type Failure, SIDES } from '../domain/errors.ts';
import { instanceIds } from '../domain/names.ts';
import { planSegments, segmentsInFlight } from '../domain/plan.ts';
import { callActivity, insist, type Step, startChild } from './call.ts';
import { heal } from './heal.ts';
import { passHalt } from './may-begin.ts';
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
  { route, pages: known, selects }: ActivityValue<'beginTransfer'>,
): Step<Failure | null> {
  const fault = yield* preflight(context, transfer, route);
  if (fault) return fault;
  const waits = { count: 0 };
  const selected: ActivityResult<number> = selects
    ? yield* selectArtifacts(context, transfer, waits)
    : { ok: true, value: known };
  if (!selected.ok) return isCanceled(selected.failure) ? null : selected.failure;
  const pages = selected.value;
  for (let page = 1; page <= pages; page++) {
    const resolved = yield* passPauses(context, transfer, 'resolveArtifacts', page, waits);
    if (!resolved.ok) return isCanceled(resolved.failure) ? null : resolved.failure;
  }
  const planned = yield* callActivity(context, 'planTransfer', { transfer, pages });
  if (!planned.ok) return planned.failure;
  const { batches, maxParallelBatches, stopped } = planned.value;
  if (!stopped) yield* runSegments(context, transfer, batches, maxParallelBatches);
  return null;
}

/** Pauses of a transfer before its plan, all pages together. */
interface Waits {
  count: number;
}

/** Resolves the request's selectors: how many pages of artifacts they come to. */
function* selectArtifacts(context: OrchestrationContext, transfer: string, waits: Waits): Step<ActivityResult<number>> {
  for (;;) {
    const found = yield* callActivity(context, 'selectRepositories', { transfer });
    if (!found.ok) return found;
    const { halt, pages } = found.value;
    if (halt === null) return yield* selectPages(context, transfer, pages, waits);
    const passed = yield* waitOut(context, transfer, halt, waits);
    if (!passed.ok) return passed;
  }
}

function* selectPages(
  context: OrchestrationContext,
  transfer: string,
  pages: number,
  waits: Waits,
): Step<ActivityResult<number>> {
  for (let page = 1; page <= pages; page++) {
    const selected = yield* passPauses(context, transfer, 'selectArtifacts', page, waits);
    if (!selected.ok) return selected;
  }
  const joined = yield* callActivity(context, 'joinSelection', { transfer, pages });
  return joined.ok ? { ok: true, value: joined.value.pages } : joined;
}

/** Has a page worked on; when the transfer is paused, after that. */
function* passPauses(
  context: OrchestrationContext,
  transfer: string,
  name: 'selectArtifacts' | 'resolveArtifacts',
  page: number,
  waits: Waits,
): Step<ActivityResult<null>> {
  for (;;) {
    const done = yield* callActivity(context, name, { transfer, page });
    if (!done.ok || done.value === null) return done.ok ? { ok: true, value: null } : done;
    const passed = yield* waitOut(context, transfer, done.value, waits);
    if (!passed.ok) return passed;
  }
}

function* waitOut(
  context: OrchestrationContext,
  transfer: string,
  halt: Halt,
  waits: Waits,
): Step<ActivityResult<null>> {
  waits.count += 1;
  return yield* passHalt(context, transfer, halt, instanceIds.pause(transfer, 'resolve', waits.count));
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
