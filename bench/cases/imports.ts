import { planSubscriptions, readBlobsKey } from '../../local/app/subscribe.ts';
import { mapBounded } from '../../src/oci/parallel.ts';
import { drop, exportArchive, importsOf } from '../../test/support/archives.ts';
import { buildImage } from '../../test/support/images.ts';
import { startTestStack, type TestStack } from '../../test/support/stack.ts';
import { quantile } from '../measure.ts';
import { type Bench, type Figure, formatMs } from '../report.ts';

const BLOBS = 40;
const OTHERS = 10_000;
const PARALLEL_UPLOADS = 16;

/** From a blob's commit to the PUT of its import run. */
export const imports: Bench = {
  name: 'imports',
  title: 'From a blob to its import run',
  how:
    'Archives land one after the other, by Event Grid; measured by the record of all calls, from the answer to the commit of the blob to the arrival of the ' +
    `PUT of its import run. ${BLOBS} archives each, alone and beside ${OTHERS} other blobs in the container.`,
  async run(log) {
    const cloud = await startTestStack({ settings: { BLOB_TRIGGER_SOURCE: 'EventGrid' } });
    try {
      const image = buildImage({ seed: 91, layerSizes: [20_000] });
      const archive = await exportArchive(cloud, { repository: 'bench/import', blob: 'image.tar', image });
      const idle = await latencies(cloud, archive, 'idle');
      log(`idle: median ${formatMs(quantile(idle, 0.5))}`);
      await addOthers(cloud);
      const crowded = await latencies(cloud, archive, 'crowded');
      log(`beside ${OTHERS} blobs: median ${formatMs(quantile(crowded, 0.5))}`);
      return [...describe('alone', idle), ...describe(`beside ${OTHERS} other blobs`, crowded)];
    } finally {
      await cloud.stop();
    }
  },
};

function describe(what: string, values: readonly number[]): Figure[] {
  return [
    { what: `${what}, median`, value: formatMs(quantile(values, 0.5)) },
    { what: `${what}, p95`, value: formatMs(quantile(values, 0.95)) },
  ];
}

async function latencies(cloud: TestStack, archive: Buffer, prefix: string): Promise<number[]> {
  const measured: number[] = [];
  // Older calls may have been dropped from the record.
  let { first: after } = await cloud.stack.control.callPage({ limit: 1 });
  for (let index = 0; index < BLOBS; index++) {
    const blob = `${prefix}-${index}.tar`;
    await drop(cloud, blob, archive);
    const [imported] = await importsOf(cloud, blob);
    const run = imported?.runs[0]?.run;
    const calls = await cloud.calls({ after });
    after = calls.at(-1)?.n ?? after;
    const commit = calls.find(({ path, operation }) => path.endsWith(`/${blob}`) && operation === 'PutBlockList');
    const put = calls.find(({ method, path }) => method === 'PUT' && path.endsWith(`/pipelineRuns/${run}`));
    if (!commit || !put) throw new Error(`${blob}: the record has no commit, or no run ${run}`);
    measured.push(Date.parse(put.at) - (Date.parse(commit.at) + commit.durationMs));
  }
  return measured;
}

/** Blobs without content, written while the subscription is for other names: the app does not have to hear of each. */
async function addOthers(cloud: TestStack): Promise<void> {
  const container = cloud.container('target');
  const names = Array.from({ length: OTHERS }, (_, index) => `other-${index}`);
  const { url } = cloud.stack.endpoints.functions;
  const { masterKey } = cloud.stack.certificates.secrets;
  const [right] = planSubscriptions(cloud.route, { url, blobsKey: await readBlobsKey({ url, masterKey }) });
  if (right === undefined) throw new Error('the route needs no subscription');
  await cloud.stack.cloud.subscribe({ ...right, filter: { ...right.filter, subjectBeginsWith: '/nothing' } });
  await mapBounded(names, PARALLEL_UPLOADS, (name) => container.writeText(name, ''));
  await cloud.stack.cloud.subscribe(right);
}
