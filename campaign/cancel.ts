import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferDocument } from '../src/domain/transfer/transfer-document.ts';
import { type CampaignArtifact, faultIn, makeArtifact, nameOf, pushAll } from './artifacts.ts';
import { blobsOf, recordOf, runsOf } from './traces.ts';
import { untilCall, type World } from './world.ts';

/** A transfer that was canceled after so many calls. */
export interface CancelResult {
  id: string;
  atCall: number;
  step: string;
  counts: TransferDocument['counts'];
  faults: string[];
}

const LARGE_BYTES = 3_000_000;
/** More than one batch holds: what is canceled may also not have begun. */
const ARTIFACTS = 53;
const LOOK_MS = 50;

/** One transfer, canceled after `call` calls, followed to its end, accounted for, and deleted. */
export async function cancelDuring(world: World, id: string, call: number): Promise<CancelResult> {
  const artifacts = Array.from({ length: ARTIFACTS }, (_, index) =>
    makeArtifact({
      repository: `cancel/${id}`,
      tag: `v${index}`,
      seed: index,
      layerBytes: index === 0 ? LARGE_BYTES : 100,
    }),
  );
  await pushAll(world.stack.registry('source'), artifacts);
  await world.calls.read();
  const before = world.calls.count;
  await world.start(id, artifacts.map(nameOf));
  const step = await untilCall(world, id, before + call);
  const answer = await world.ask('POST', `/transfers/${id}/cancel`);
  const document = await world.follow(id);
  const faults = [
    ...(answer?.status === 202 || answer?.status === 409
      ? []
      : [`cancel was answered ${answer?.status} ${answer?.text}`]),
    ...(await faultsOfOutcomes(world, document, artifacts)),
    ...(await faultsOfTraces(world, document)),
    ...(await faultsOfDeletion(world, id)),
  ];
  return { id, atCall: call, step, counts: document.counts, faults };
}

/** Transferred is what arrived, Canceled is what did not; there is nothing else. */
async function faultsOfOutcomes(
  world: World,
  document: TransferDocument,
  artifacts: readonly CampaignArtifact[],
): Promise<string[]> {
  const faults: string[] = [];
  const told = new Map(document.artifacts?.map(({ artifact, outcome }) => [artifact, outcome]));
  for (const artifact of artifacts) {
    const outcome = told.get(nameOf(artifact));
    const fault = await faultIn(world.stack.registry('target'), artifact);
    if (outcome === 'Transferred' && fault !== undefined) faults.push(`Transferred: ${fault}`);
    else if (outcome === 'Canceled' && fault === undefined) faults.push(`${nameOf(artifact)} is Canceled, and there`);
    else if (outcome !== 'Transferred' && outcome !== 'Canceled') faults.push(`${nameOf(artifact)} is ${outcome}`);
  }
  // A cancel that comes after the last step leaves a transfer that arrived.
  const allowed = document.counts.Canceled > 0 ? ['Canceled'] : ['Canceled', 'Succeeded'];
  return allowed.includes(document.state) ? faults : [...faults, `it ended as ${document.state}`];
}

/** Every run has ended and is in the report, as is every blob; no block waits for a commit. */
async function faultsOfTraces(world: World, { id, batches }: TransferDocument): Promise<string[]> {
  const runs = await runsOf(world, id);
  const told = new Set(batches.flatMap((batch) => [batch.export?.run, batch.import?.run]));
  const archives = new Set(batches.map(({ archive }) => archive?.name));
  const { committed, uncommitted } = await blobsOf(world, id);
  return [
    ...runs.filter(({ status }) => status !== 'Succeeded').map(({ name, status }) => `run ${name} is ${status}`),
    ...runs.filter(({ name }) => !told.has(name)).map(({ name }) => `run ${name} is not in the report`),
    ...committed
      .filter((blob) => !archives.has(blob.slice(blob.indexOf('/') + 1)))
      .map((blob) => `blob ${blob} is not in the report`),
    ...uncommitted.map((blob) => `blob ${blob} has blocks and no commit`),
  ];
}

/** Deleting the transfer leaves nothing of it. */
async function faultsOfDeletion(world: World, id: string): Promise<string[]> {
  const answer = await world.ask('DELETE', `/transfers/${id}`);
  if (answer?.status !== 202) return [`DELETE was answered ${answer?.status} ${answer?.text}`];
  while ((await world.ask('GET', `/transfers/${id}`))?.status !== 404) await sleep(LOOK_MS);
  const { committed, uncommitted } = await blobsOf(world, id);
  const runs = (await runsOf(world, id)).map(({ name }) => name);
  const left = [...runs, ...committed, ...uncommitted, ...(await recordOf(world, id))];
  return left.map((name) => `${name} is left after the transfer's deletion`);
}
