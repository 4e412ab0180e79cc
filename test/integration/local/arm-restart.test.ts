import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Starts ARM as a process; resolves with its port. */
async function startProcess(): Promise<number> {
  const { tokens: _, ...options } = world.armOptions();
  const file = join(world.base.dir, 'arm-options.json');
  await writeFile(file, JSON.stringify({ ...options, signingKey: world.base.certificates.signingKey }));
  const script = join(import.meta.dirname, 'arm-process.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=UNDICI-EHPA'];
  child = spawn(process.execPath, [...flags, script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
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
});
