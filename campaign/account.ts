import { type Direction, formatRunName, MAX_ATTEMPTS } from '../src/domain/names.ts';
import type { Outcome } from '../src/domain/outcome.ts';
import type { TransferDocument } from '../src/domain/transfer/transfer-document.ts';
import { mapBounded } from '../src/oci/parallel.ts';
import { type CampaignArtifact, faultIn, nameOf } from './artifacts.ts';
import type { CallWatch } from './call-watch.ts';
import type { World } from './world.ts';

const PARALLEL_READS = 8;

/** Everything that is wrong with a transfer whose artifacts must all have arrived, as sentences. */
export async function faultsOfArrival(
  world: World,
  document: TransferDocument,
  artifacts: readonly CampaignArtifact[],
): Promise<string[]> {
  const expected = new Map<string, Outcome>(artifacts.map((artifact) => [nameOf(artifact), 'Transferred']));
  const stateFault = document.state === 'Succeeded' ? [] : [`it ended as ${document.state}`];
  return [
    ...stateFault,
    ...faultsOfReport(document, expected, new Map(artifacts.map((one) => [nameOf(one), one.manifest.digest]))),
    ...(await faultsOfPublishedReport(world, document)),
    ...(await faultsInTarget(world, artifacts)),
  ];
}

/** Where the report says something else than what is expected. */
export function faultsOfReport(
  document: TransferDocument,
  expected: ReadonlyMap<string, Outcome>,
  digests: ReadonlyMap<string, string>,
): string[] {
  const faults: string[] = [];
  const told = new Map(document.artifacts?.map((artifact) => [artifact.artifact, artifact]));
  if (told.size !== expected.size)
    faults.push(`the report has ${told.size} artifacts, ${expected.size} were asked for`);
  for (const [name, outcome] of expected) {
    const found = told.get(name);
    if (found?.outcome !== outcome) faults.push(`${name} is ${found?.outcome}, expected ${outcome}: ${lastOf(found)}`);
    const digest = digests.get(name);
    if (digest !== undefined && found?.digest !== digest) faults.push(`${name} is reported as ${found?.digest}`);
  }
  const { total, ...counts } = document.counts;
  const sum = Object.values(counts).reduce((all, count) => all + count, 0);
  if (sum !== total || total !== expected.size) faults.push(`counts do not add up: ${JSON.stringify(document.counts)}`);
  return faults;
}

function lastOf(found: { attempts: { code: string; message: string }[] } | undefined): string {
  const last = found?.attempts.at(-1);
  return last ? `${last.code} ${last.message}` : 'no attempt';
}

/** What is not in the target as it was made. */
export async function faultsInTarget(world: World, artifacts: readonly CampaignArtifact[]): Promise<string[]> {
  const registry = world.stack.registry('target');
  const found = await mapBounded(artifacts, PARALLEL_READS, (artifact) => faultIn(registry, artifact));
  return found.filter((fault) => fault !== undefined);
}

async function faultsOfPublishedReport(world: World, document: TransferDocument): Promise<string[]> {
  const answer = await world.ask('GET', `/transfers/${document.id}/report?format=json`);
  const isSame = answer?.status === 200 && JSON.stringify(JSON.parse(answer.text)) === JSON.stringify(document);
  return isSame ? [] : [`the report (${answer?.status}) is not the document`];
}

/** The calls that were recorded: those that put a manifest, and those that asked for a pipeline run. */
export type RecordedCalls = Pick<CallWatch, 'kept'>;

/** How often each manifest of a repository prefix was put into the target under its tag, by path. */
export function countPuts(calls: RecordedCalls, prefix: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service, path, status } of calls.kept('PutManifest')) {
    const isTag = service === 'registryTarget' && path.startsWith(`/v2/${prefix}`) && !path.includes('sha256');
    if (isTag && status === 201) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

/** Artifacts whose manifest was put into the target more than once, or by no call that was recorded. */
export function faultsOfPuts(
  calls: RecordedCalls,
  artifacts: readonly Pick<CampaignArtifact, 'repository' | 'tag'>[],
): string[] {
  const inTarget = calls.kept('PutManifest').filter(({ service }) => service === 'registryTarget');
  return artifacts.flatMap(({ repository, tag }) => {
    // A call whose connection was cut after it was executed has no status: it was seen, and is not counted.
    const puts = inTarget.filter(({ path }) => path === `/v2/${repository}/manifests/${tag}`);
    const made = puts.filter(({ status }) => status === 201).length;
    if (puts.length === 0) return [`no call put ${repository}:${tag} into the target`];
    return made > 1 ? [`${repository}:${tag} was put ${made} times`] : [];
  });
}

/**
 * Of the runs that were put since `before` (a count of such calls): those whose name no attempt of the report has. Each
 * attempt has one name in each direction, so anything else is a run too many, of a batch that the report does not know too.
 */
export function faultsOfRuns(calls: RecordedCalls, document: TransferDocument, before = 0): string[] {
  const allowed = new Set(
    document.batches.flatMap(({ path }) => DIRECTIONS.flatMap((one) => namesOf(document, path, one))),
  );
  return [...putSince(calls, before)]
    .filter((name) => !allowed.has(name))
    .map((name) => `run ${name} is in no attempt`);
}

/** Directions of batches in which no run was recorded since `before`: their artifacts cannot have arrived by one. */
export function faultsOfMissingRuns(calls: RecordedCalls, document: TransferDocument, before = 0): string[] {
  const put = putSince(calls, before);
  if (document.batches.length === 0) return ['the report has no batch'];
  return document.batches.flatMap(({ path }) =>
    DIRECTIONS.filter((direction) => !namesOf(document, path, direction).some((name) => put.has(name))).map(
      (direction) => `no call asked for an ${direction} run of batch ${path}`,
    ),
  );
}

const DIRECTIONS = ['export', 'import'] as const;

function putSince(calls: RecordedCalls, before: number): Set<string> {
  const since = calls.kept('PutRun').slice(before);
  return new Set(since.map(({ path }) => path.split('/').at(-1) ?? ''));
}

/** The run names of a batch up to the last attempt whose run the report names. */
function namesOf(document: TransferDocument, path: string, direction: Direction): string[] {
  const runs = (document.artifacts ?? []).flatMap(({ attempts }) => attempts.map(({ run }) => run));
  const batch = document.batches.find((one) => one.path === path);
  const told = new Set([...runs, batch?.[direction]?.run]);
  const names = Array.from({ length: MAX_ATTEMPTS }, (_, index) =>
    formatRunName(direction, { id: document.id, path, attempt: index + 1 }),
  );
  return names.slice(0, names.findLastIndex((name) => told.has(name)) + 1);
}
