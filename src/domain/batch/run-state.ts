import type { AttemptReport, RunState } from '../activities.ts';
import type { Failure } from '../errors.ts';
import type { BatchRecord, RunView } from './batch-record.ts';

/** A pipeline run as the service tells it; every field may be missing. Spellings are the service's own. */
export interface RunFacts {
  name: string;
  status?: string | undefined;
  provisioningState?: string | undefined;
  percentage?: string | undefined;
  startTime?: string | undefined;
  finishTime?: string | undefined;
  catalogDigest?: string | undefined;
  errorMessage?: string | undefined;
  correlationId?: string | undefined;
}

const FAILED = new Set(['failed', 'canceled']);

/**
 * Whether a run has ended, and how. `response.status` decides; `provisioningState` only where there is no status and
 * it says `Failed` or `Canceled`, because `Succeeded` may stand there while the run goes on. An unknown status is
 * carried and counts as running.
 */
export function judgeRun(facts: RunFacts): Pick<RunState, 'isFinal' | 'succeeded'> {
  const status = facts.status?.toLowerCase();
  if (status === undefined)
    return { isFinal: FAILED.has(facts.provisioningState?.toLowerCase() ?? ''), succeeded: false };
  return { isFinal: status === 'succeeded' || FAILED.has(status), succeeded: status === 'succeeded' };
}

/** Why a run failed, by its own words; also what a run that succeeded with `ContinueOnErrors` left behind. */
export function failureOfRun(facts: RunFacts): Failure | null {
  const { isFinal, succeeded } = judgeRun(facts);
  if (!isFinal || (succeeded && !facts.errorMessage)) return null;
  const said = facts.errorMessage || `The run ended as ${facts.status ?? facts.provisioningState} without a message.`;
  return {
    class: 'service',
    code: succeeded ? 'RUN_PARTIAL' : 'RUN_FAILED',
    message: `Run ${facts.name}: ${said}`,
    ...(facts.correlationId ? { correlationId: facts.correlationId } : {}),
  };
}

/** The run as a batch's record shows it. */
export function viewOfRun(facts: RunFacts, failure: Failure | null): RunView {
  const percentage = Number(facts.percentage);
  return {
    run: facts.name,
    status: facts.status ?? facts.provisioningState ?? null,
    percentage: facts.percentage === undefined || Number.isNaN(percentage) ? null : percentage,
    startedAt: facts.startTime ?? null,
    finishedAt: facts.finishTime ?? null,
    catalogDigest: facts.catalogDigest ?? null,
    error: failure,
  };
}

type Views = Pick<BatchRecord, 'export' | 'import'>;

/** What the runs of a batch that went through say they left behind: of the export, of the import, or of both. */
export function leftBehindBy({ export: exported, import: imported }: Views): AttemptReport | null {
  const said: AttemptReport[] = [];
  if (exported?.error) said.push({ step: 'Export', run: exported.run, failure: exported.error });
  if (imported?.error) said.push({ step: 'Import', run: imported.run, failure: imported.error });
  const [first = null, second] = said;
  if (!first || !second) return first;
  const message = `${first.failure.message} ${second.failure.message}`;
  return { step: 'Verify', run: null, failure: { ...first.failure, message } };
}
