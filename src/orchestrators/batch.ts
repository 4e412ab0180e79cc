import type { OrchestrationContext } from 'durable-functions';
import type {
  ActivityValue,
  AttemptReport,
  BatchSettings,
  BatchTarget,
  Orchestrators,
  SettleTime,
} from '../domain/activities.ts';
import { childPaths, type Division } from '../domain/batch/batch-parts.ts';
import {
  comparable,
  countAlikeSplits,
  decideNext,
  NO_PAST,
  notIsolated,
  type PartEnd,
  type PartPast,
} from '../domain/batch/splitting.ts';
import { MAX_ATTEMPTS } from '../domain/names.ts';
import { retryDelayMs } from '../domain/retry.ts';
import { isStopped } from '../domain/transfer/control.ts';
import { callActivity, insist, type Step } from './call.ts';
import { waitUnlessCanceled } from './may-begin.ts';
import { keyOf, moveArchive, type Tries } from './move-archive.ts';

type Output = Orchestrators['batch']['output'];

/** Parts that are tried one after the other and judged together: the batch itself, both halves of a part, or a rest. */
interface Round {
  paths: string[];
  past: PartPast;
  tries: Tries;
}

/** A part whose run is over. */
interface Ended extends PartEnd {
  part: BatchTarget;
  settings: BatchSettings;
  tries: Tries;
  stopped: boolean;
}

/** A part cannot go on: what must not be lost to an outage was lost all the same, or is refused for good. */
class GivenUp extends Error {
  readonly part: string;
  readonly failed: AttemptReport | null;
  readonly reason: AttemptReport;

  /** `failed` is what had ended the part's run before that, if something had. */
  constructor(part: string, reason: AttemptReport, failed: AttemptReport | null = null) {
    super(`batch ${part}: ${reason.failure.code}: ${reason.failure.message}`);
    this.part = part;
    this.failed = failed;
    this.reason = reason;
  }
}

/**
 * One batch from export to verification. A batch that has to be given up says so in its record, so that the report
 * names the reason and a transfer that does not continue on errors stops. Only when that fails too is it lost.
 */
export function* batchOrchestrator(context: OrchestrationContext): Step<Output> {
  const batch = context.df.getInput<BatchTarget>();
  try {
    return yield* moveBatch(context, batch);
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
    const { part, failed, reason } = error;
    // An older version threw here, so no history of one goes on from this place.
    const recorded = yield* insist(context, 'failBatch', { ...batch, part, failed, reason });
    if (!recorded.ok) throw error;
    return recorded.value;
  }
}

/**
 * Whatever fails on the way, a part ends by asking the target for each of its
 * artifacts, so that what did arrive counts and is not sent again. Where the transfer continues on errors, what failed
 * goes on in parts until the culprits are alone. All of them run in here, one after the other: a segment's history
 * knows batches only.
 */
function* moveBatch(context: OrchestrationContext, { transfer, path }: BatchTarget): Step<Output> {
  const rounds: Round[] = [{ paths: [path], past: NO_PAST, tries: { export: 0, import: 0 } }];
  let spentRuns = 0;
  for (const round of rounds) {
    const ends: Ended[] = [];
    for (const part of round.paths) {
      const end = yield* runPart(context, { transfer, path: part }, round);
      // It was settled for the last time. So was every batch of an older version: its history ends here as it did there.
      if (end.stopped || !end.settings.continueOnErrors) return { stopped: end.stopped };
      ends.push(end);
    }
    const past = { ...round.past, alikeSplits: countAlikeSplits(round.past.alikeSplits, ends) };
    for (const end of ends) {
      const next = yield* goOn(context, end, past, spentRuns);
      if (!next) continue;
      rounds.push(next);
      if (round.past.isRetry || next.paths[0] !== end.part.path) spentRuns += next.paths.length;
    }
  }
  return { stopped: false };
}

/** Runs one part and settles it. Before a part is tried again it is looked at what has arrived all the same. */
function* runPart(context: OrchestrationContext, part: BatchTarget, round: Round): Step<Ended> {
  const begun = yield* insist(context, 'beginBatch', part);
  if (!begun.ok) throw new GivenUp(part.path, { step: 'Export', run: null, failure: begun.failure });
  const settings = begun.value;
  const tries = { ...round.tries };
  const untried = { part, settings, tries, tried: 0, arrived: 0, named: 0, failed: null };
  if (settings.stopped) return { ...untried, stopped: true };
  const before = round.past.isRetry ? yield* settle(context, part, null, 'Before') : undefined;
  if (before?.open === 0) return { ...untried, stopped: false };
  const failed = yield* moveArchive(context, part, settings, tries);
  const after = yield* settle(context, part, failed, settings.continueOnErrors ? 'After' : 'Last');
  // A failure elsewhere had stopped the transfer before the first run: nothing of this batch has failed.
  const stopped = after.stopped || (failed !== null && isStopped(failed.failure));
  const arrived = after.arrived - (before?.arrived ?? 0);
  const named = after.failed - (before?.failed ?? 0);
  return { ...untried, tried: after.open + arrived + named, arrived, named, failed, stopped };
}

/** Does what is decided about a part whose run is over; the round in which it goes on, if it does. */
function* goOn(context: OrchestrationContext, end: Ended, past: PartPast, spentRuns: number): Step<Round | undefined> {
  const { part, settings, tries, failed } = end;
  // A name has digits for so many attempts: a part that has used them has had its retry.
  const isUsedUp = tries.export >= MAX_ATTEMPTS || tries.import >= MAX_ATTEMPTS;
  const known = { ...past, isRetry: past.isRetry || isUsedUp, said: isUsedUp ? null : past.said };
  const next = decideNext(end, known, settings.maxSplitRuns - spentRuns);
  switch (next) {
    case 'Done':
      return undefined;
    case 'Retry':
      yield* pause(context, end);
      return { paths: [part.path], past: { ...past, isRetry: true, said: null }, tries };
    case 'GiveUp':
      yield* settle(context, part, failed, 'Last');
      return undefined;
    case 'NotIsolated':
      yield* settle(context, part, failed && notIsolated(failed, end.tried - end.arrived - end.named), 'Last');
      return undefined;
    default:
      return yield* divide(context, part, next, {
        ...past,
        isRetry: true,
        said: failed && comparable(failed.failure),
        isLeftover: past.isLeftover || failed === null,
      });
  }
}

/** Keeps the failed try and waits as the route's policy says of a first failure. */
function* pause(context: OrchestrationContext, { part, settings, failed }: Ended): Step<void> {
  if (failed) yield* callActivity(context, 'recordAttempt', { ...part, ...failed });
  yield* waitUnlessCanceled(context, part.transfer, retryDelayMs(settings.retry, 1, keyOf(part)));
}

function* divide(context: OrchestrationContext, part: BatchTarget, division: Division, past: PartPast): Step<Round> {
  const divided = yield* insist(context, 'splitBatch', { ...part, division });
  if (!divided.ok) throw new GivenUp(part.path, { step: 'Verify', run: null, failure: divided.failure });
  return { paths: childPaths(part.path, division), past, tries: { export: 0, import: 0 } };
}

function* settle(
  context: OrchestrationContext,
  part: BatchTarget,
  failed: AttemptReport | null,
  when: SettleTime,
): Step<ActivityValue<'settleBatch'>> {
  const settled = yield* insist(context, 'settleBatch', { ...part, failed, when });
  if (!settled.ok) throw new GivenUp(part.path, { step: 'Verify', run: null, failure: settled.failure }, failed);
  return settled.value;
}
