import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../local/app/environment.ts';
import { DurableStore } from '../local/host/durable/durable-store.ts';
import { type InstanceRow, isFinal } from '../local/host/durable/instance-row.ts';
import { parseJson } from '../local/host/typed-data.ts';
import { instanceIds } from '../src/domain/names.ts';
import { RESOLVE_PAGE_ARTIFACTS } from '../src/domain/plan/plan.ts';
import {
  distinct,
  type RecordedHistory,
  requireUnreleased,
  writeHistories,
} from '../test/orchestration/recorded-history.ts';
import { drop, exportArchive, importsOf } from '../test/support/archives.ts';
import { putPipeline } from '../test/support/arm.ts';
import { buildImage, describeBytes, pushImage, type TestImage } from '../test/support/images.ts';
import { startTestStack, type TestStack } from '../test/support/stack.ts';
import {
  giveSecret,
  openWebhookReceiver,
  WEBHOOK_SECRET_AT,
  type WebhookReceiver,
} from '../test/support/webhook-receiver.ts';

/**
 * `npm run histories:record`: has the built app in a local cloud of its own do one of each, and keeps the histories that
 * this leaves under `test/orchestration/histories/{version}/`, where a test replays them by the orchestrators of later
 * versions. Run it once for each version that is released; a released one (`histories/released.txt`) is refused.
 */
const good = buildImage({ seed: 31, layerSizes: [1000] });
const FOREIGN = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
const unmovable = buildImage({
  seed: 32,
  layerSizes: [10],
  statedLayers: [{ ...describeBytes(FOREIGN, Buffer.from('elsewhere')), urls: ['https://layers.example.test/x'] }],
});
/** Long enough to be polled, and to be paused in the middle. */
const MINIMUM_RUN_MS = 2500;
const retry = { attempts: 3, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 4, jitter: 0.5 };

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8'));
  await requireUnreleased(version);
  const receiver = await openWebhookReceiver();
  const keys = { retry, onPush: { artifacts: ['pushed:*'], gatherSeconds: 1 } };
  const route = localRoute(keys);
  const strict = {
    ...route,
    onPush: undefined,
    webhook: { url: `${receiver.origin}/ends`, secret: WEBHOOK_SECRET_AT },
    name: 'strict',
    source: { ...route.source, exportPipeline: 'strictExport' },
    target: { ...route.target, importPipeline: 'strictImport' },
  };
  const settings = { ROUTES_JSON: JSON.stringify([route, strict]) };
  // With tokens to mint and replace: the usual local cloud of the tests has none.
  const cloud = await startTestStack({
    minimumRunMs: MINIMUM_RUN_MS,
    route: keys,
    settings,
    storageAccess: 'SasToken',
  });
  try {
    receiver.serve(cloud.stack.certificates);
    await giveSecret(cloud);
    await putPipeline(cloud, 'source', 'strictExport', { options: ['OverwriteBlobs'] });
    await putPipeline(cloud, 'target', 'strictImport', { options: ['OverwriteTags'] });
    await playAll(cloud, receiver);
    await cloud.stack.stop();
    const names = await writeHistories(version, distinct(readEnded(join(cloud.dir, 'host'))));
    process.stdout.write(`${names.map((name) => `${version}/${name}`).join('\n')}\n`);
  } finally {
    await cloud.stack.stop();
    await receiver.stop();
    await rm(cloud.dir, { recursive: true, force: true });
  }
}

/**
 * One of each: what goes well, what is split, what fails as a whole, a long list, a pause, a deletion, rotations, a blob
 * that lands, a push, ends that a webhook is told of.
 */
async function playAll(cloud: TestStack, receiver: WebhookReceiver): Promise<void> {
  await pushAll(cloud, 'pushed', [good]);
  await cloud.transfer(await pushAll(cloud, 'plain', [good, good]), { id: 'plain' });
  await cloud.rotateTokens();
  const mixed = await pushAll(cloud, 'mixed', [good, unmovable, good]);
  receiver.answers.push(503);
  await cloud.transfer(mixed, { id: 'mixed', route: 'strict' });
  await cloud.transfer(await pushAll(cloud, 'stopped', [unmovable]), {
    id: 'stopped',
    route: 'strict',
    options: { continueOnErrors: false },
  });
  await cloud.transfer(['plain/*:*'], { id: 'selected' });
  const pages = Array.from({ length: RESOLVE_PAGE_ARTIFACTS + 1 }, (_, index) => `plain:missing-${index}`);
  await cloud.transfer(pages, { id: 'listed' });
  await playPause(cloud);
  const archive = { repository: 'dropped/first', blob: 'dropped.tar', image: good };
  await drop(cloud, 'dropped.tar', await exportArchive(cloud, archive));
  await importsOf(cloud, 'dropped.tar');
  await playPush(cloud);
  for (const id of ['mixed', 'stopped']) await ended(cloud, instanceIds.notify({ kind: 'transfer', id, end: 1 }));
  await cloud.call('/transfers/plain', { method: 'DELETE' });
  await ended(cloud, instanceIds.delete('plain'));
}

/** The transfer of what was pushed at the beginning, and what gathered it. */
async function playPush(cloud: TestStack): Promise<void> {
  for (;;) {
    const { value } = (await cloud.call('/transfers')).body;
    const found = value.find(({ requestedBy }: { requestedBy: string }) => requestedBy === 'push');
    if (found) {
      await cloud.follow(found.id);
      return ended(cloud, instanceIds.gather(cloud.route.name, found.id));
    }
    await sleep(50);
  }
}

async function playPause(cloud: TestStack): Promise<void> {
  const artifacts = await pushAll(cloud, 'paused', [good]);
  await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts, id: 'paused' } });
  while ((await cloud.call('/transfers/paused')).body.batches.length === 0) await sleep(50);
  await cloud.call('/transfers/paused/pause', { method: 'POST' });
  const wait = instanceIds.pause('paused', 'paused-b0001-a01.tar-Copy', 1);
  while ((await cloud.instanceStatus(wait)) === undefined) await sleep(50);
  await cloud.call('/transfers/paused/resume', { method: 'POST' });
  await cloud.follow('paused');
}

async function pushAll(cloud: TestStack, repository: string, images: readonly TestImage[]): Promise<string[]> {
  const names: string[] = [];
  for (const [index, image] of images.entries()) {
    await pushImage(cloud.stack.registry('source'), repository, `v${index}`, image);
    names.push(`${repository}:v${index}`);
  }
  return names;
}

async function ended(cloud: TestStack, instanceId: string): Promise<void> {
  while ((await cloud.instanceStatus(instanceId)) !== 'Completed') await sleep(50);
}

/** The instances in the database of a host that was stopped, in the order of their ids. */
function readEnded(hostDir: string): RecordedHistory[] {
  const database = new DatabaseSync(join(hostDir, 'host.sqlite'));
  const store = new DurableStore(database);
  const rows = database.prepare('SELECT * FROM instances ORDER BY id').all() as unknown as InstanceRow[];
  const histories = rows.filter(({ status }) => isFinal(status)).map((row) => recordedOf(row, store));
  database.close();
  return histories;
}

function recordedOf({ id, name, parentId, status, input, output }: InstanceRow, store: DurableStore): RecordedHistory {
  const events = store.history(id);
  return {
    orchestrator: name,
    instanceId: id,
    parentId,
    status,
    input: parseJson(input),
    output: parseJson(output),
    events,
  };
}

await main();
