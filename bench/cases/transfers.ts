import { REGISTRY_ADMIN_USER } from '../../local/names.ts';
import { buildImage, pushImage } from '../../test/support/images.ts';
import { startTestStack, type TestStack } from '../../test/support/stack.ts';
import { time, timeCommand } from '../measure.ts';
import { type Bench, type Figure, formatMs, MIB } from '../report.ts';

const BIG_LAYERS = 8;
const BIG_LAYER_BYTES = 64 * MIB;
const SMALL_ARTIFACTS = 200;

/** Whole transfers, from the POST to the report, against skopeo between the same registries. */
export const transfers: Bench = {
  name: 'transfers',
  title: 'Transfers',
  how:
    'From the POST to the report: export, copy, import, verification, all services local, one machine. skopeo copies the same artifacts straight ' +
    'from registry to registry, one process for each: a way that a network with no path between the two does not have.',
  async run(log) {
    const cloud = await startTestStack();
    try {
      return [...(await measureBig(cloud, log)), ...(await measureSmall(cloud, log))];
    } finally {
      await cloud.stop();
    }
  },
};

async function measureBig(cloud: TestStack, log: (line: string) => void): Promise<Figure[]> {
  const image = buildImage({ seed: 51, layerSizes: Array.from({ length: BIG_LAYERS }, () => BIG_LAYER_BYTES) });
  await pushImage(cloud.stack.registry('source'), 'bench/big', 'v1', image);
  const own = await time(() => moved(cloud, ['bench/big:v1']));
  log(`512 MiB: ${formatMs(own)}`);
  const peer = await skopeo(cloud, 'bench/big:v1', 'peer/big:v1');
  log(`512 MiB by skopeo: ${formatMs(peer)}`);
  return [
    {
      what: 'one image of 512 MiB',
      value: formatMs(own),
      ratio: own / peer,
      peer: `the time of skopeo (${formatMs(peer)})`,
    },
  ];
}

async function measureSmall(cloud: TestStack, log: (line: string) => void): Promise<Figure[]> {
  const names = Array.from({ length: SMALL_ARTIFACTS }, (_, index) => `bench/small${index}:v1`);
  for (const [index, name] of names.entries()) {
    const image = buildImage({ seed: 1000 + index, layerSizes: [20_000] });
    await pushImage(cloud.stack.registry('source'), name.slice(0, -3), 'v1', image);
  }
  const own = await time(() => moved(cloud, names));
  log(`${SMALL_ARTIFACTS} artifacts: ${formatMs(own)}`);
  const peer = await time(async () => {
    for (const name of names) await skopeo(cloud, name, name.replace('bench/', 'peer/'));
  });
  log(`${SMALL_ARTIFACTS} artifacts by skopeo: ${formatMs(peer)}`);
  const what = `${SMALL_ARTIFACTS} artifacts of 20 kB`;
  return [{ what, value: formatMs(own), ratio: own / peer, peer: `the time of skopeo (${formatMs(peer)})` }];
}

async function moved(cloud: TestStack, artifacts: string[]): Promise<void> {
  const { state, counts } = await cloud.transfer(artifacts);
  if (state !== 'Succeeded') throw new Error(`ended as ${state}: ${JSON.stringify(counts)}`);
}

function skopeo(cloud: TestStack, from: string, to: string): Promise<number> {
  const { registrySource, registryTarget } = cloud.stack.ports;
  const creds = `${REGISTRY_ADMIN_USER}:${cloud.stack.certificates.secrets.adminPassword}`;
  const access = ['--src-tls-verify=false', '--dest-tls-verify=false', '--src-creds', creds, '--dest-creds', creds];
  const places = [`docker://127.0.0.1:${registrySource}/${from}`, `docker://127.0.0.1:${registryTarget}/${to}`];
  return timeCommand('skopeo', ['copy', '--quiet', '--insecure-policy', ...access, ...places]);
}
