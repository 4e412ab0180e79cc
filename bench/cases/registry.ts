import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../local/certificates.ts';
import { startRegistry } from '../../local/registry/server.ts';
import { TokenAuthority } from '../../local/tokens.ts';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import { buildImage, pushImage } from '../../test/support/images.ts';
import { execute, median, timeCommand, until } from '../measure.ts';
import { type Bench, formatRate, MIB } from '../report.ts';

const RUNS = 5;
const LAYERS = 8;
const LAYER_BYTES = 32 * MIB;
const PASSWORD = 'a password of this run';

/** Push and pull by skopeo, against Debian's docker-registry. */
export const registry: Bench = {
  name: 'registry',
  title: 'The local registry',
  how:
    'skopeo copies an image of 256 MiB in 8 layers from a folder into an empty repository, and back into a folder; once with the local registry, ' +
    'once with Debian’s docker-registry, in turn. Whole processes; medians of 5.',
  async run(log) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-registry-'));
    const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const ours = await startOurs(folder, 'ours');
      stops.push(ours.stop);
      // A registry mounts layers that it has: what is pushed must come from another one, and be new each time.
      const maker = await startOurs(folder, 'maker');
      stops.push(maker.stop);
      const theirs = await startTheirs(folder);
      stops.push(theirs.stop);
      const times = {
        ours: { push: [] as number[], pull: [] as number[] },
        theirs: { push: [] as number[], pull: [] as number[] },
      };
      for (let run = 0; run < RUNS; run++) {
        const image = join(folder, `image-${run}`);
        await makeImage(maker.endpoint, image, 70 + run);
        for (const [name, { endpoint, auth }] of [
          ['ours', ours],
          ['theirs', theirs],
        ] as const) {
          const reference = `docker://${endpoint.replace('http://', '')}/bench/run${run}:v1`;
          times[name].push.push(
            await timeCommand('skopeo', [...copy, '--dest-tls-verify=false', ...dest(auth), `dir:${image}`, reference]),
          );
          const back = join(folder, `back-${name}-${run}`);
          times[name].pull.push(
            await timeCommand('skopeo', [...copy, '--src-tls-verify=false', ...src(auth), reference, `dir:${back}`]),
          );
          await rm(back, { recursive: true, force: true });
          log(
            `${name}: push ${Math.round(times[name].push.at(-1) ?? 0)} ms, pull ${Math.round(times[name].pull.at(-1) ?? 0)} ms`,
          );
        }
      }
      return (['push', 'pull'] as const).map((what) => {
        const [own, other] = [median(times.ours[what]), median(times.theirs[what])];
        const value = formatRate(LAYERS * LAYER_BYTES, own);
        return {
          what,
          value,
          ratio: other / own,
          peer: `the rate of docker-registry (${formatRate(LAYERS * LAYER_BYTES, other)})`,
        };
      });
    } finally {
      for (const stop of stops.reverse()) await stop();
    }
  },
};

const copy = ['copy', '--quiet', '--insecure-policy'];
const dest = (auth: string | undefined) => (auth ? ['--dest-creds', auth] : []);
const src = (auth: string | undefined) => (auth ? ['--src-creds', auth] : []);

async function startOurs(folder: string, name: string) {
  const { tls, signingKey } = await ensureCertificates(folder);
  const admin = { username: 'bench', password: PASSWORD };
  const running = await startRegistry({
    loginServer: 'srcregistry.azurecr.source.test',
    cloud: 'source',
    httpPort: 0,
    httpsPort: 0,
    tls,
    tokens: new TokenAuthority(signingKey),
    dir: join(folder, name),
    admin,
  });
  const endpoint = `http://127.0.0.1:${running.httpPort}`;
  return { endpoint, auth: `bench:${PASSWORD}`, stop: () => running.stop() };
}

async function startTheirs(folder: string) {
  const port = await freePort();
  const config = join(folder, 'theirs.yml');
  await writeFile(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${join(folder, 'theirs')} } }\nhttp: { addr: 127.0.0.1:${port} }\n`,
  );
  const { code } = await execute('docker-registry', ['--version']).catch(() => ({ code: -1 }));
  if (code !== 0) throw new Error('docker-registry is not there: the Debian package docker-registry brings it');
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await until(() =>
    fetch(`${endpoint}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill();
    });
  return { endpoint, auth: undefined, stop };
}

async function makeImage(endpoint: string, folder: string, seed: number): Promise<void> {
  const client = new RegistryClient({ endpoint, tokens: passwordTokenSource('bench', PASSWORD) });
  const image = buildImage({ seed, layerSizes: Array.from({ length: LAYERS }, () => LAYER_BYTES) });
  await pushImage(client, `bench/seed${seed}`, 'v1', image);
  const reference = `docker://${endpoint.replace('http://', '')}/bench/seed${seed}:v1`;
  await timeCommand('skopeo', [
    ...copy,
    '--src-tls-verify=false',
    ...src(`bench:${PASSWORD}`),
    reference,
    `dir:${folder}`,
  ]);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
