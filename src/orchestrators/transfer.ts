import type { OrchestrationContext, Task } from 'durable-functions';
import type { ActivityResult, ActivityValue, Orchestrators } from '../domain/activities.ts';
import { isCanceled } from '../domain/control.ts';
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
  return report.value.state;
}

/** Resolves, plans and moves. Returns the failure that stopped the transfer as a whole, if one did. */
function* moveArtifacts(
  context: OrchestrationContext,
  transfer: string,
  { route, pages }: ActivityValue<'beginTransfer'>,
): Step<Failure | null> {
  const fault = yield* preflight(context, transfer, route);
  if (fault) return fault;
  const waits = { count: 0 };
  for (let page = 1; page <= pages; page++) {
    const resolved = yield* resolvePage(context, transfer, page, waits);
    if (!resolved.ok) return isCanceled(resolved.failure) ? null : resolved.failure;
  }
  const planned = yield* callActivity(context, 'planTransfer', { transfer, pages });
  if (!planned.ok) return planned.failure;
  const { batches, maxParallelBatches, stopped } = planned.value;
  if (!stopped) yield* runSegments(context, transfer, batches, maxParallelBatches);
  return null;
}

/** Resolves a page; when the transfer is paused, after that. `waits` counts the pauses of all pages. */
function* resolvePage(
  context: OrchestrationContext,
  transfer: string,
  page: number,
  waits: { count: number },
): Step<ActivityResult<null>> {
  for (;;) {
    const resolved = yield* callActivity(context, 'resolveArtifacts', { transfer, page });
    if (!resolved.ok || resolved.value === null) return resolved.ok ? { ok: true, value: null } : resolved;
    waits.count += 1;
    const waitId = instanceIds.pause(transfer, 'resolve', waits.count);
    const passed = yield* passHalt(context, transfer, resolved.value, waitId);
    if (!passed.ok) return passed;
  }
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
