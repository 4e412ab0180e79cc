import type { AttemptReport, SettleCounts, SettleTime } from '../../domain/activities.ts';
import { type Artifact, parseArtifact, referenceOf } from '../../domain/artifact.ts';
import type { BatchRecord } from '../../domain/batch/batch-record.ts';
import { leftBehindBy } from '../../domain/batch/run-state.ts';
import { decideOutcome, HANDED_OVER, type Verdict } from '../../domain/batch/verification.ts';
import type { PlannedArtifact } from '../../domain/plan/plan.ts';
import { toAttempt } from '../../domain/transfer/transfer-document.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import { traceBatch } from '../../telemetry/record-spans.ts';
import type { Activity } from '../activity.ts';
import { readPart } from '../part.ts';
import { openRegistries } from '../transfer-route.ts';

const PARALLEL_LOOKUPS = 8;

/**
 * Verifies every open artifact of a part by digest in the target registry and writes what became of it; where another
 * app imports, what was exported is handed over. Twice: what is settled stays, at what is open it looks again. With
 * continueOnErrors off, a failure also stops the transfer.
 */
export const settleBatch: Activity<'settleBatch'> = async (services, { transfer, path, failed, when }) => {
  const { plan, record, artifacts, open } = await readPart(services, { transfer, path });
  const { overwrite, reach = 'Import' } = plan.settings;
  const registries = await openRegistries(services, services.route(plan.route), reach === 'Import');
  const context: Context = {
    ...registries,
    overwrite,
    when,
    failed: failed ?? leftBehindBy(record),
    isFailed: failed !== null,
  };
  const settled = await mapBounded(open, PARALLEL_LOOKUPS, (artifact) => settle(context, artifact));
  const outcomes = Object.fromEntries(settled.filter((entry) => entry !== null));
  const written = await services.transfers.updateBatch(transfer, path, (current) =>
    withOutcomes(current, artifacts, { ...current.outcomes, ...outcomes }),
  );
  if (record.step !== 'Done' && written.step === 'Done') traceBatch(transfer, written, new Date());
  const counts = countOf(artifacts, written);
  const stopped = counts.failed > 0 && !plan.settings.continueOnErrors;
  if (stopped) await services.transfers.stop(transfer, 'Failure');
  return { ...counts, stopped };
};

interface Context {
  source: RegistryClient;
  /** Left out where another app imports. */
  target: RegistryClient | undefined;
  overwrite: boolean;
  when: SettleTime;
  /** What ended the part's run, or what a run that went through says it left behind. */
  failed: AttemptReport | null;
  /** Whether it was the former. */
  isFailed: boolean;
}

type Settled = [string, BatchRecord['outcomes'][string]];

/** What became of an artifact: outcome `null` where it may be tried again. `null` where there is nothing to tell. */
async function settle(context: Context, planned: PlannedArtifact): Promise<Settled | null> {
  const parsed = parseArtifact(planned.artifact);
  if ('fault' in parsed || planned.digest === null) throw new TypeError(`${planned.artifact} was planned unresolved`);
  const { when, failed } = context;
  const target = context.target && (await digestIn(context.target, parsed.artifact));
  const verdict = await judge(
    context,
    { artifact: planned.artifact, planned: planned.digest, target },
    parsed.artifact,
  );
  const isOpen = verdict.failure !== null && !verdict.isOwn;
  if (isOpen && when === 'Before') return null;
  const { step, run } = (isOpen && failed) || { step: 'Verify' as const, run: null };
  const attempt = verdict.failure ? toAttempt(step, verdict.failure, run, new Date().toISOString()) : null;
  const outcome = isOpen && when === 'After' ? null : verdict.outcome;
  return [planned.artifact, { outcome, attempt, verifiedDigest: target ?? null }];
}

async function judge(
  { source, overwrite, ...context }: Context,
  { artifact, planned, target }: { artifact: string; planned: string; target: string | undefined },
  reference: Artifact,
): Promise<Verdict> {
  const { failed, isFailed, when } = context;
  if (!context.target && !isFailed && when !== 'Before') return HANDED_OVER;
  const atSource = target === planned ? target : await digestIn(source, reference);
  const said = isFailed ? { failure: failed?.failure } : { failure: undefined, leftBehind: failed?.failure };
  return decideOutcome(artifact, { planned, target, source: atSource, overwrite, ...said });
}

async function digestIn(registry: RegistryClient, artifact: Artifact): Promise<string | undefined> {
  return (await registry.resolve(artifact.repository, referenceOf(artifact)))?.digest;
}

function withOutcomes(
  record: BatchRecord,
  artifacts: readonly PlannedArtifact[],
  outcomes: BatchRecord['outcomes'],
): BatchRecord {
  const settled = { ...record, outcomes };
  return { ...settled, step: countOf(artifacts, settled).open === 0 ? 'Done' : record.step };
}

function countOf(artifacts: readonly PlannedArtifact[], { outcomes }: BatchRecord): SettleCounts {
  const found = artifacts.map(({ artifact }) => outcomes[artifact]?.outcome ?? null);
  const count = (outcome: (typeof found)[number]) => found.filter((other) => other === outcome).length;
  // What was handed over has got as far as this app brings it.
  return { open: count(null), arrived: count('Transferred') + count('HandedOver'), failed: count('Failed') };
}
