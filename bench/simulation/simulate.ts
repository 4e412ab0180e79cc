import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { type HostProcess, spawnHost } from '../../local/host/client.ts';
import { TransferRecords } from '../../src/azure/records/transfer-records.ts';
import { instanceIds } from '../../src/domain/names.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { folderContainer } from './folder-container.ts';
import { countRows, type Rows } from './history-rows.ts';
import { CONTAINER } from './instant-cloud.ts';

/** What a simulated transfer came to. */
export interface Simulated {
  report: TransferDocument;
  /** From the start of the instance to its end. */
  seconds: number;
  /** Processor time of the host's process meanwhile, user and system. */
  cpuSeconds: number;
  /** The most that the host's process had in memory. */
  peakBytes: number;
  rows: Rows;
}

const TRANSFER = 'simulation';
const KEY = 'key-of-the-simulation';
/**
 * Left to itself, Node lets garbage pile up as long as the machine has memory: what is measured is whether the work can be
 * done in little, so the heap is bounded, and a transfer that needs more ends the host.
 */
const HEAP_MB = 192;
const ROOT = join(import.meta.dirname, '../..');
const AT = '2026-01-01T00:00:00.000Z';

/** A transfer of so many artifacts on a host of its own, 500 tags to a repository. Leaves nothing behind. */
export async function simulate(artifacts: number): Promise<Simulated> {
  const folder = mkdtempSync(join(tmpdir(), 'simulation-'));
  try {
    const records = await prepare(folder, artifacts);
    const host = await spawnHost(hostOptions(folder));
    let measured: Pick<Simulated, 'seconds' | 'cpuSeconds' | 'peakBytes'>;
    try {
      measured = await runTransfer(host);
    } finally {
      await host.stop();
    }
    const report = await records.readReport(TRANSFER);
    if (!report) throw new Error('the simulated transfer ended without a report');
    return { report, ...measured, rows: countRows(join(folder, 'data')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string, count: number): Promise<TransferRecords> {
  mkdirSync(join(folder, 'app'));
  mkdirSync(join(folder, 'records'));
  await build({
    entryPoints: [join(import.meta.dirname, 'app.ts')],
    outfile: join(folder, 'app/app.cjs'),
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    keepNames: true,
    external: ['@azure/functions-core'],
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'app/package.json'), JSON.stringify({ main: 'app.cjs' }));
  const limits = { maxConcurrentActivityFunctions: 16, maxConcurrentOrchestratorFunctions: 16 };
  const settings = { version: '2.0', extensions: { durableTask: { hubName: 'Simulation', ...limits } } };
  writeFileSync(join(folder, 'app/host.json'), JSON.stringify(settings));
  const records = new TransferRecords(folderContainer(join(folder, 'records')));
  const names = Array.from({ length: count }, (_, index) => `app/r${Math.floor(index / 500)}:v${index % 500}`);
  const asked = { requestedBy: 'key', requestedAt: AT, correlationId: 'simulation', retryOf: null };
  await records.createRequest({ id: TRANSFER, route: 'simulated', artifacts: names, options: {}, ...asked });
  return records;
}

function hostOptions(folder: string) {
  const side = { cloud: 'AzurePublic', tenantId: '99999999-2222-3333-4444-555555555555', container: CONTAINER };
  const group = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/simulated';
  const registry = `${group}/providers/Microsoft.ContainerRegistry/registries`;
  const credential = { type: 'managedIdentity' };
  const route = {
    name: 'simulated',
    maxParallelBatches: 20,
    source: { ...side, credential, registry: `${registry}/source`, exportPipeline: 'simulated' },
    target: { ...side, credential, registry: `${registry}/target`, importPipeline: 'simulated' },
  };
  const env = {
    PATH: process.env.PATH ?? '',
    LOCAL_HOST_MASTER_KEY: KEY,
    LOCAL_HOST_LOG: 'error',
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    SIMULATED_ROUTE: JSON.stringify(route),
    SIMULATED_RECORDS: join(folder, 'records'),
  };
  return { appDir: join(folder, 'app'), dataDir: join(folder, 'data'), port: 0, env, log: console.error };
}

async function runTransfer({ port }: HostProcess): Promise<Pick<Simulated, 'seconds' | 'cpuSeconds' | 'peakBytes'>> {
  const base = `http://127.0.0.1:${port}`;
  const webhooks = `${base}/runtime/webhooks/durabletask`;
  const id = instanceIds.transfer(TRANSFER);
  const before = await readUsage(base);
  const begunMs = performance.now();
  const started = await fetch(`${webhooks}/orchestrators/transfer/${id}?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(TRANSFER),
  });
  if (started.status !== 202) throw new Error(`the transfer was not started: ${started.status}`);
  for (;;) {
    const answer = await fetch(`${webhooks}/instances/${id}?code=${KEY}`);
    const { runtimeStatus, output } = (await answer.json()) as { runtimeStatus: string; output: unknown };
    if (runtimeStatus === 'Completed') break;
    if (runtimeStatus === 'Failed') throw new Error(`the transfer failed: ${JSON.stringify(output)}`);
    await sleep(100);
  }
  const seconds = (performance.now() - begunMs) / 1000;
  const { peakBytes, cpuSeconds } = await readUsage(base);
  return { seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, peakBytes };
}

/** What the host's process has used since it started. */
async function readUsage(base: string): Promise<Pick<Simulated, 'cpuSeconds' | 'peakBytes'>> {
  return (await fetch(`${base}/api/usage`)).json() as Promise<Pick<Simulated, 'cpuSeconds' | 'peakBytes'>>;
}
