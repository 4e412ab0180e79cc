import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Behavior } from '../../../local/arm/behavior.ts';
import { createExecuteRun } from '../../../local/arm/execute-run.ts';
import type { ExecuteRun } from '../../../local/arm/server.ts';
import { resourcesOf } from '../../../local/names.ts';
import { buildImage, pushImage } from '../../support/images.ts';
import { ArmWorld } from './arm-world.ts';

const { registryId, containerUrl } = resourcesOf('source');
const image = buildImage({ seed: 1, layerSizes: [1000] });
const PIPELINE = {
  identity: { type: 'SystemAssigned' },
  properties: { target: { uri: containerUrl, storageAccessMode: 'ManagedIdentity' } },
};
const exportTo = (name: string) => ({
  request: {
    pipelineResourceId: `${registryId}/exportPipelines/export`,
    artifacts: ['samples/hello:v1'],
    target: { type: 'AzureStorageBlob', name },
  },
  forceUpdateTag: 'one',
});

let world: ArmWorld;
let child: ChildProcess | undefined;
beforeAll(async () => {
  world = await ArmWorld.start();
  await pushImage(world.source.registry, 'samples/hello', 'v1', image);
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await world.stop();
});

/** Starts ARM as a process, with options beside the usual ones; resolves with its port. */
async function startProcess(more: object = {}): Promise<number> {
  const { tokens: _, ...options } = world.armOptions();
  const file = join(world.base.dir, 'arm-options.json');
  await writeFile(file, JSON.stringify({ ...options, ...more, signingKey: world.base.certificates.signingKey }));
  const ca = join(world.base.dir, 'arm-ca.pem');
  await writeFile(ca, world.base.certificates.ca);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca };
  const script = join(import.meta.dirname, 'arm-process.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=UNDICI-EHPA'];
  child = spawn(process.execPath, [...flags, script, file], { stdio: ['ignore', 'pipe', 'inherit'], env });
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

async function killProcess(): Promise<void> {
  if (!child) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('ARM that is killed in mid-run', () => {
  it('has everything it had answered, and takes the run up again as the same run', async () => {
    const port = await startProcess();
    world.base.ports.set('management.source.test', port);
    await world.put('source', 'exportPipelines/export', PIPELINE);
    await world.put('source', 'pipelineRuns/run01', { properties: exportTo('hello.tar') });
    await killProcess();
    await world.startArm();
    const response = await world.runResponse('source', 'run01');
    expect(response.status).toBe('Succeeded');
    expect(await world.source.container.getBlobClient('hello.tar').exists()).toBe(true);
  });

  it('knows the blob that the run itself had written, without OverwriteBlobs', async () => {
    const written = Promise.withResolvers<void>();
    const { registries, tokens } = world.armOptions();
    const [registry] = registries;
    if (!registry) throw new Error('there are registries');
    const execute = createExecuteRun({ dataPlaneOf: () => registry, tokens, behavior: new Behavior() });
    const executeRun: ExecuteRun = async (run, signal, onProgress) => {
      await execute(run, signal, onProgress);
      written.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await world.startArm({ executeRun });
    await world.put('source', 'exportPipelines/export', PIPELINE);
    await world.put('source', 'pipelineRuns/run02', { properties: exportTo('own.tar') });
    await written.promise;
    await world.startArm();
    expect((await world.runResponse('source', 'run02')).status).toBe('Succeeded');
    await world.put('source', 'pipelineRuns/run03', { properties: exportTo('own.tar') });
    expect((await world.runResponse('source', 'run03')).pipelineRunErrorMessage).toContain('already exists');
  });

  it('imports a blob once that the source trigger had taken, also when it cannot tell from its own notes', async () => {
    await world.startArm();
    await world.run('source', 'forTarget', exportTo('triggered.tar').request);
    const bytes = await world.source.container.getBlobClient('triggered.tar').downloadToBuffer();
    const blobContentMD5 = createHash('md5').update(bytes).digest();
    const blob = world.target.container.getBlockBlobClient('triggered.tar');
    const metadata = { category: 'acr-transfer-blob' };
    await blob.uploadData(bytes, { metadata, blobHTTPHeaders: { blobContentMD5 } });
    await world.stopArm();
    world.base.ports.set('management.target.test', await startProcess({ sourceTriggerDelayMs: 20 }));
    await world.put('target', 'importPipelines/import', {
      identity: PIPELINE.identity,
      properties: { source: { uri: resourcesOf('target').containerUrl, storageAccessMode: 'ManagedIdentity' } },
    });
    interface Run {
      name: string;
      properties: { response: { startTime: string } };
    }
    const started = async () =>
      (await world.list<Run>('target', 'pipelineRuns')).map(({ name, properties: { response } }) => ({
        name,
        startTime: response.startTime,
      }));
    // Its note comes after the run itself: both are kept once this one is.
    const notes = join(world.base.dir, 'arm', 'triggered');
    while (!(await readdir(notes)).some((file) => file.endsWith('.json'))) await sleep(10);
    const before = await started();
    expect(before).toHaveLength(1);
    await killProcess();
    // As if it had been killed between the run and the note of it.
    await rm(notes, { recursive: true });
    const arm = await world.startArm();
    await arm.pollSources();
    expect(await started()).toEqual(before);
    expect((await world.runResponse('target', before[0]?.name ?? '')).status).toBe('Succeeded');
  });
});
