import type { AttemptReport } from '../domain/activities.ts';
import { type Artifact, parseArtifact, referenceOf } from '../domain/artifact.ts';
import type { BatchRecord } from '../domain/batch-record.ts';
import type { PlannedArtifact } from '../domain/plan.ts';
import type { Route } from '../domain/route.ts';
import { toAttempt } from '../domain/transfer-document.ts';
import { decideOutcome } from '../domain/verification.ts';
import { mapBounded } from '../oci/parallel.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { type Activity, required } from './activity.ts';

const PARALLEL_LOOKUPS = 8;

/**
 * Verifies every artifact of a batch by digest in the target registry and writes its outcome. Twice: it looks again
 * and writes what it sees. With continueOnErrors off, a failure also stops the transfer.
 */
export const settleBatch: Activity<'settleBatch'> = async (services, { transfer, path, failed }) => {
  const plan = required(await services.transfers.readPlan(transfer), `plan.json of ${transfer}`);
  const route = services.route(plan.route);
  const artifacts = plan.artifacts.filter(({ batch }) => batch === path);
  const registries = await openRegistries(services, route);
  const outcomes = await mapBounded(artifacts, PARALLEL_LOOKUPS, (artifact) => settle(registries, artifact, failed));
  await services.transfers.updateBatch(transfer, path, (record) => ({
    ...record,
    step: 'Done',
    outcomes: Object.fromEntries(outcomes),
  }));
  const failures = outcomes.filter(([, { outcome }]) => outcome === 'Failed').length;
  const stopped = failures > 0 && !plan.settings.continueOnErrors;
  if (stopped) await services.transfers.stop(transfer, 'Failure');
  return { failed: failures, stopped };
};

interface Registries {
  source: RegistryClient;
  target: RegistryClient;
}

async function openRegistries(services: Parameters<typeof settleBatch>[0], route: Route): Promise<Registries> {
  const [source, target] = await Promise.all([
    services.side(route, 'source').registry(),
    services.side(route, 'target').registry(),
  ]);
  return { source, target };
}

type Settled = [string, BatchRecord['outcomes'][string]];

async function settle(
  registries: Registries,
  planned: PlannedArtifact,
  failed: AttemptReport | null,
): Promise<Settled> {
  const parsed = parseArtifact(planned.artifact);
  if ('fault' in parsed || planned.digest === null) throw new TypeError(`${planned.artifact} was planned unresolved`);
  const target = await digestIn(registries.target, parsed.artifact);
  const source = target === planned.digest ? target : await digestIn(registries.source, parsed.artifact);
  const evidence = { planned: planned.digest, target, source, failure: failed?.failure };
  const { outcome, failure } = decideOutcome(planned.artifact, evidence);
  const at = new Date().toISOString();
  const ofBatch = failure === failed?.failure;
  const attempt = failure
    ? toAttempt(ofBatch ? (failed?.step ?? 'Verify') : 'Verify', failure, ofBatch ? (failed?.run ?? null) : null, at)
    : null;
  return [planned.artifact, { outcome, attempt, verifiedDigest: target ?? null }];
}

async function digestIn(registry: RegistryClient, artifact: Artifact): Promise<string | undefined> {
  return (await registry.resolve(artifact.repository, referenceOf(artifact)))?.digest;
}
