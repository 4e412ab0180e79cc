import { formatRunName } from '../src/domain/names.ts';
import type { Outcome } from '../src/domain/outcome.ts';
import type { TransferDocument } from '../src/domain/transfer-document.ts';
import { mapBounded } from '../src/oci/parallel.ts';
import { type CampaignArtifact, faultIn, nameOf } from './artifacts.ts';
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

/** How often each manifest of a repository prefix was put into the target under its tag, by path. */
export function countPuts(world: World, prefix: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service, path, status } of world.calls.kept('PutManifest')) {
    const isTag = service === 'registryTarget' && path.startsWith(`/v2/${prefix}`) && !path.includes('sha256');
    if (isTag && status === 201) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

/**
 * Runs that were put although no attempt of the report has their name: each attempt has one name in each direction, so
 * anything else is a run too many.
 */
export function faultsOfRuns(world: World, document: TransferDocument): string[] {
  const allowed = new Set<string>();
  for (const { path } of document.batches) {
    for (const direction of ['export', 'import'] as const) {
      const tries = triesOf(document, path, direction);
      for (let attempt = 1; attempt <= tries; attempt++) {
        allowed.add(formatRunName(direction, { id: document.id, path, attempt }));
      }
    }
  }
  const put = new Set(world.calls.kept('PutRun').map(({ path }) => path.split('/').at(-1) ?? ''));
  return [...put]
    .filter((name) => isOf(name, document) && !allowed.has(name))
    .map((name) => `run ${name} is in no attempt`);
}

/** The last attempt whose run the report names. */
function triesOf(document: TransferDocument, path: string, direction: 'export' | 'import'): number {
  const runs = (document.artifacts ?? []).flatMap(({ attempts }) => attempts.map(({ run }) => run));
  const batch = document.batches.find((one) => one.path === path);
  const names = new Set([...runs, batch?.[direction]?.run]);
  let last = 0;
  for (let attempt = 1; attempt <= 99; attempt++) {
    if (names.has(formatRunName(direction, { id: document.id, path, attempt }))) last = attempt;
  }
  return last;
}

function isOf(name: string, { id, batches }: TransferDocument): boolean {
  return batches.some(({ path }) =>
    (['export', 'import'] as const).some((direction) =>
      Array.from({ length: 99 }, (_, index) => formatRunName(direction, { id, path, attempt: index + 1 })).includes(
        name,
      ),
    ),
  );
}
