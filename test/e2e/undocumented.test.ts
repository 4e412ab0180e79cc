import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../../local/app/environment.ts';
import { BEHAVIOR_VALUES } from '../../local/arm/behavior.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { importsOf } from '../support/archives.ts';
import { putPipeline } from '../support/arm.ts';
import { buildImage, describeBytes, pushImage, type TestImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/*
 * What ACR does is not documented everywhere: a transfer must end the same, whatever the service does. Every value of
 * every switch of the local ARM, one after the other, in one local cloud.
 */
let cloud: TestStack;
const good = buildImage({ seed: 61, layerSizes: [1000] });
const other = buildImage({ seed: 62, layerSizes: [1000] });
const FOREIGN = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
/** Only the run finds that it cannot be exported. */
const windows = buildImage({
  seed: 63,
  layerSizes: [10],
  statedLayers: [{ ...describeBytes(FOREIGN, Buffer.from('elsewhere')), urls: ['https://layers.example.test/x'] }],
});

const retry = { attempts: 3, firstDelaySeconds: 1, factor: 1, maxDelaySeconds: 1, jitter: 0 };
const route = localRoute({ retry });
/** Its pipelines overwrite nothing. */
const careful = {
  ...route,
  name: 'without-overwriting',
  source: { ...route.source, exportPipeline: 'keepBlobs' },
  target: { ...route.target, importPipeline: 'keepTags' },
};

beforeAll(async () => {
  cloud = await startTestStack({ settings: { ROUTES_JSON: JSON.stringify([route, careful]) } });
  await putPipeline(cloud, 'source', 'keepBlobs', { options: ['ContinueOnErrors'] });
  await putPipeline(cloud, 'target', 'keepTags', { options: ['ContinueOnErrors'] });
});
afterAll(() => cloud?.stop());

/** So many transfers that each switch has each of its values in one of them, together with the others' values. */
const rows = Array.from({ length: Math.max(...Object.values(BEHAVIOR_VALUES).map(({ length }) => length)) }, (_, row) =>
  Object.fromEntries(Object.entries(BEHAVIOR_VALUES).map(([name, values]) => [name, values[row % values.length]])),
);

function push(side: 'source' | 'target', repository: string, tag: string, image: TestImage) {
  return pushImage(cloud.stack.registry(side), repository, tag, image);
}

function outcomesOf({ artifacts = [] }: TransferDocument) {
  return artifacts.map(({ outcome, attempts }) => [outcome, attempts.at(-1)?.code]);
}

describe('a transfer of two good artifacts and one that cannot be exported', () => {
  it.each(rows.map((row, index) => [index + 1, row] as const))(
    'brings the good ones and accounts for the other with the switches of row %d: %j',
    async (number, behavior) => {
      await cloud.operator.behave(behavior);
      const repository = `u/row${number}`;
      const images = { v1: good, v2: windows, v3: other };
      for (const [tag, image] of Object.entries(images)) await push('source', repository, tag, image);
      const document = await cloud.transfer(Object.keys(images).map((tag) => `${repository}:${tag}`));
      expect(document.state).toBe('CompletedWithErrors');
      expect(document.artifacts?.map(({ outcome }) => outcome)).toEqual(['Transferred', 'Failed', 'Transferred']);
      expect(document.artifacts?.[1]?.attempts.at(-1)).toMatchObject({ step: 'Export', code: 'RUN_FAILED' });
      const target = cloud.stack.registry('target');
      expect((await target.resolve(repository, 'v1'))?.digest).toBe(good.descriptor.digest);
      expect((await target.resolve(repository, 'v3'))?.digest).toBe(other.descriptor.digest);
      expect(await target.resolve(repository, 'v2')).toBeUndefined();
    },
  );
});

describe('what is there already', () => {
  it.each(BEHAVIOR_VALUES.existingBlob)(
    'is not handed on when the archive name is taken and the run %s',
    async (value) => {
      await cloud.operator.behave({ existingBlob: value });
      await push('source', `taken/${value}`, 'v1', good);
      await cloud.container('source').writeText(`blob-${value}-b0001-a01.tar`, 'somebody else wrote this');
      const more = { route: 'without-overwriting', id: `blob-${value}` };
      const document = await cloud.transfer([`taken/${value}:v1`], more);
      expect(outcomesOf(document)).toEqual([['Failed', 'BLOB_EXISTS']]);
    },
  );

  it.each(BEHAVIOR_VALUES.existingTag)(
    'is a conflict when a tag appears meanwhile and its import %s',
    async (value) => {
      await cloud.operator.behave({ existingTag: value, firstStatus: 'Queued' });
      const repository = `tag/${value}`;
      for (const tag of ['v1', 'v2']) await push('source', repository, tag, good);
      const artifacts = [`${repository}:v1`, `${repository}:v2`];
      const { body } = await cloud.call('/transfers', { body: { route: 'without-overwriting', artifacts } });
      while (!(await cloud.call(`/transfers/${body.id}`)).body.batches[0]?.export) await sleep(50);
      await push('target', repository, 'v2', other);
      const document = await cloud.follow(body.id);
      expect(outcomesOf(document)).toEqual([
        ['Transferred', undefined],
        ['Failed', 'TAG_EXISTS'],
      ]);
      expect((await cloud.stack.registry('target').resolve(repository, 'v2'))?.digest).toBe(other.descriptor.digest);
    },
  );
});

describe('a blob that lands', () => {
  const archives = new Map<string, string>();
  beforeAll(async () => {
    await cloud.operator.behave({});
    const bring = async (value: string) => archives.set(value, (await transferOne(`landed/${value}`)).archive);
    await Promise.all(BEHAVIOR_VALUES.importedArtifacts.map(bring));
  });

  it.each(BEHAVIOR_VALUES.importedArtifacts)(
    'is imported and reported where importedArtifacts is %s',
    async (value) => {
      await cloud.operator.behave({ importedArtifacts: value });
      await drop(`${value}.tar`, archives.get(value) ?? '');
      const { digest } = good.descriptor;
      const names = {
        tag: `landed/${value}:v1`,
        digest: `landed/${value}@${digest}`,
        reference: `landed/${value}:v1`,
        absent: undefined,
      };
      const artifact = names[value];
      const artifacts = artifact === undefined ? [] : [{ artifact, digest }];
      expect(await importsOf(cloud, `${value}.tar`)).toMatchObject([{ state: 'Succeeded', artifacts }]);
      // It was claimed: ACR's own trigger, which looks now, leaves it alone.
      await cloud.operator.pollSources();
      const runs: string[] = [];
      for await (const { name, properties } of cloud.pipelines('target').listRuns()) {
        if (properties.request?.source?.name === `${value}.tar`) runs.push(name);
      }
      expect(runs).toHaveLength(1);
    },
  );
});

describe('the deletion of a transfer', () => {
  const transfers = new Map<number, TransferDocument>();
  beforeAll(async () => {
    await cloud.operator.behave({});
    const bring = async (value: number) => transfers.set(value, (await transferOne(`deleted/${value}`)).document);
    await Promise.all(BEHAVIOR_VALUES.runDeleteStatus.map(bring));
  });

  it.each(BEHAVIOR_VALUES.runDeleteStatus)('leaves no run behind where a run is deleted with %d', async (value) => {
    await cloud.operator.behave({ runDeleteStatus: value });
    const { id = '', batches = [] } = transfers.get(value) ?? {};
    expect((await cloud.call(`/transfers/${id}`, { method: 'DELETE' })).status).toBe(202);
    while ((await cloud.call(`/transfers/${id}`)).status !== 404) await sleep(50);
    for (const [side, run] of [
      ['source', batches[0]?.export?.run],
      ['target', batches[0]?.import?.run],
    ] as const) {
      expect(run).toEqual(expect.any(String));
      expect(await cloud.pipelines(side).getRun(run ?? '')).toBeUndefined();
    }
  });
});

async function transferOne(repository: string): Promise<{ document: TransferDocument; archive: string }> {
  await push('source', repository, 'v1', good);
  const document = await cloud.transfer([`${repository}:v1`]);
  return { document, archive: document.batches[0]?.archive?.name ?? '' };
}

/** Carries an archive of the source's container to the target's, under another name and with the service's mark. */
async function drop(blob: string, archive: string): Promise<void> {
  const from = cloud.container('source');
  const to = cloud.container('target');
  const found = await from.properties(archive);
  const chunks: Uint8Array[] = [];
  for await (const chunk of from.readRange(archive, 0, found?.sizeBytes ?? 0)) chunks.push(chunk);
  const id = Buffer.from('block-0').toString('base64');
  await to.stageBlock(blob, id, Buffer.concat(chunks));
  await to.commitBlocks(blob, [id], {
    metadata: { category: 'acr-transfer-blob' },
    contentMd5: found?.contentMd5 ?? '',
  });
}
