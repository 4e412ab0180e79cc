import { type Activity, runActivity } from '../../src/activities/activity.ts';
import { activities, type PlainActivityName } from '../../src/activities/all.ts';
import { readPart } from '../../src/activities/part.ts';
import type { Services } from '../../src/activities/services.ts';
import { PaceRecords } from '../../src/azure/records/pace-records.ts';
import { TransferRecords } from '../../src/azure/records/transfer-records.ts';
import type { ActivityInput, RunRequest } from '../../src/domain/activities.ts';
import type { RunView } from '../../src/domain/batch/batch-record.ts';
import { TransferError } from '../../src/domain/errors.ts';
import { formatRunName } from '../../src/domain/names.ts';
import { assignBatches, type TransferSettings } from '../../src/domain/plan/plan.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { memoryContainer } from '../support/memory-container.ts';
import { ok, refused } from './answers.ts';
import { type Call, Stepper } from './stepper.ts';

const TRANSFER = 'abc';
const SHUT = new TransferError('The target refused the look.', {
  class: 'access',
  code: 'DENIED',
  correlationId: 'c-1',
});
const AT = '2026-01-01T00:00:00Z';

/** What is wrong with an artifact: at which step, and how the service speaks of it. */
export interface Poison {
  step: 'Export' | 'Import';
  /** `gone`: not in the source any more. `alike`: the message names nothing. `named`: the message tells them apart. */
  kind: 'gone' | 'alike' | 'named';
}

/** A source, a target and an ARM that fails runs as it is told. */
export interface WorldOptions {
  artifacts: number;
  /** By the artifact's number. */
  poison: ReadonlyMap<number, Poison>;
  /** Steps whose pipeline has ContinueOnErrors. */
  goesOn: ReadonlySet<'Export' | 'Import'>;
  /** An import that fails has brought what stands before its culprit. */
  importsInOrder: boolean;
  /** For each run, in the order they start, whether the service was busy the first time. */
  busy: readonly boolean[];
  /** Every activity runs twice, as after a kill between its effect and its answer; the second answer counts. */
  twice?: boolean;
  /** The export run of that number fails for what has nothing to do with its artifacts. */
  outageAt?: number;
  /** From the export run of that number on, nobody may look into the target. */
  shutFrom?: number;
  settings?: Partial<TransferSettings>;
}

/** What came of it. */
export interface Story {
  report: TransferDocument;
  /** The artifacts of each export run that was not refused as busy, in order. */
  exports: string[][];
  calls: Call[];
  error: Error | undefined;
  output: unknown;
  /** Whether no further batch of the transfer may start. */
  stopped: boolean;
}

/** One batch through the real orchestrator, activities and records; only runs, copies and registries are made up. */
export async function playBatch(options: WorldOptions): Promise<Story> {
  const world = await World.create(options);
  const stepper = new Stepper(batchOrchestrator, { transfer: TRANSFER, path: 'b0001' });
  while (!stepper.isDone) {
    const [call] = stepper.open;
    if (!call) throw new Error('the orchestrator waits for nothing that could come');
    if (call.kind === 'timer') stepper.fire(call);
    else stepper.complete(call, await world.answer(call));
  }
  await activities.writeReport(world.services, { transfer: TRANSFER, error: null });
  const report = await world.services.transfers.readReport(TRANSFER);
  if (!report) throw new Error('there is no report');
  const stopped = (await world.services.transfers.readControl(TRANSFER)).stop !== null;
  const { calls, error, output } = stepper;
  return { report, exports: world.exports, calls, error, output, stopped };
}

/** The name of the artifact with that number. */
export function nameOf(index: number): string {
  return `app/a${index}:v1`;
}

function digestOf(name: string): string {
  return `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

class World {
  readonly exports: string[][] = [];
  readonly services: Services;
  readonly #options: WorldOptions;
  readonly #arrived = new Set<string>();
  /** What each archive holds. */
  readonly #archives = new Map<string, string[]>();
  readonly #poison: Map<string, Poison>;
  #runs = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#poison = new Map([...options.poison].map(([index, poison]) => [nameOf(index), poison]));
    const registry = (has: (name: string) => boolean) => ({
      registry: async () => ({
        resolve: async (repository: string, tag: string) =>
          has(`${repository}:${tag}`) ? { digest: digestOf(`${repository}:${tag}`) } : undefined,
      }),
    });
    const source = registry((name) => this.#poison.get(name)?.kind !== 'gone');
    const target = registry((name) => {
      if (this.exports.length >= (options.shutFrom ?? Number.POSITIVE_INFINITY)) throw SHUT;
      return this.#arrived.has(name);
    });
    this.services = {
      transfers: new TransferRecords(memoryContainer()),
      route: (name: string) => ({ name }),
      slots: () => ({}),
      paces: new PaceRecords(memoryContainer()),
      side: (_: unknown, side: string) => (side === 'source' ? source : target),
    } as unknown as Services;
  }

  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options);
    const artifacts = Array.from({ length: options.artifacts }, (_, index) => nameOf(index));
    const asked = { requestedBy: 'key', requestedAt: AT, correlationId: 'c', retryOf: null };
    await world.services.transfers.createRequest({ id: TRANSFER, route: 'a', artifacts, options: {}, ...asked });
    const open = { mediaType: null, bytes: 1, batch: null, outcome: null, failure: null };
    const planned = artifacts.map((artifact) => ({ artifact, digest: digestOf(artifact), ...open }));
    await world.services.transfers.createPlan({
      transfer: TRANSFER,
      route: 'a',
      plannedAt: AT,
      settings: {
        continueOnErrors: true,
        overwrite: false,
        maxParallelBatches: 2,
        maxSplitRuns: 40,
        runTimeoutMinutes: 1,
        retry: { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0.5 },
        ...options.settings,
      },
      ...assignBatches(planned),
    });
    return world;
  }

  async answer(call: Call): Promise<unknown> {
    // What these write is other tests' business.
    if (['copyArchive', 'writeReceipt', 'handOver'].includes(call.name)) return ok(null);
    if (call.name === 'pipelineRun') return this.#run(call.input as RunRequest);
    return this.#runActivity(call.name as PlainActivityName, call.input);
  }

  async #runActivity<N extends PlainActivityName>(name: N, input: unknown): Promise<unknown> {
    const activity = activities[name] as Activity<N>;
    if (this.#options.twice) await runActivity(activity, this.services, input as ActivityInput<N>);
    return runActivity(activity, this.services, input as ActivityInput<N>);
  }

  async #run(request: RunRequest): Promise<unknown> {
    if (this.#options.busy[this.#runs++]) return refused({ class: 'transient', code: 'ServerBusy', message: 'Busy.' });
    return request.direction === 'export' ? this.#export(request) : this.#import(request);
  }

  async #export(request: RunRequest): Promise<unknown> {
    if (request.owner.kind !== 'batch') throw new TypeError('only batches export here');
    const { open } = await readPart(this.services, request.owner);
    const names = open.map(({ artifact }) => artifact);
    for (const name of names) if (this.#arrived.has(name)) throw new Error(`${name} had arrived and is sent again`);
    this.exports.push(names);
    if (this.#options.outageAt === this.exports.length - 1) {
      return refused({ class: 'service', code: 'RUN_FAILED', message: 'The storage account did not answer.' });
    }
    const culprits = this.#culprits('Export', names);
    const isOver = culprits.length > 0 && !(this.#options.goesOn.has('Export') && culprits.length < names.length);
    if (!isOver) {
      this.#archives.set(
        request.archive,
        names.filter((name) => !culprits.includes(name)),
      );
    }
    return this.#end(request, isOver, culprits);
  }

  async #import(request: RunRequest): Promise<unknown> {
    const names = this.#archives.get(request.archive) ?? [];
    const culprits = this.#culprits('Import', names);
    const goesOn = this.#options.goesOn.has('Import');
    const stopsAt = culprits[0] === undefined || goesOn ? names.length : names.indexOf(culprits[0]);
    const isOver = culprits.length > 0 && !(goesOn && culprits.length < names.length);
    const reached = isOver && !this.#options.importsInOrder ? [] : names.slice(0, stopsAt);
    for (const name of reached) if (!culprits.includes(name)) this.#arrived.add(name);
    return this.#end(request, isOver, culprits);
  }

  #culprits(step: 'Export' | 'Import', names: readonly string[]): string[] {
    return names.filter((name) => this.#poison.get(name)?.step === step);
  }

  /** The run as its orchestrator would give it, shown in the record as `readRun` would. */
  async #end({ owner, direction, key, archive }: RunRequest, isOver: boolean, culprits: string[]): Promise<unknown> {
    if (owner.kind !== 'batch') throw new TypeError('only batches run here');
    const run = formatRunName(direction, key);
    const failure = culprits[0] === undefined ? null : this.#failureOf(run, archive, isOver, culprits[0]);
    const view: RunView = {
      run,
      status: isOver ? 'Failed' : 'Succeeded',
      percentage: null,
      startedAt: null,
      finishedAt: null,
      catalogDigest: null,
      error: failure,
    };
    await this.services.transfers.updateBatch(owner.transfer, owner.path, (record) => ({
      ...record,
      [direction]: view,
    }));
    return isOver && failure ? { ok: false, failure } : ok({ catalogDigest: null });
  }

  #failureOf(run: string, archive: string, isOver: boolean, culprit: string) {
    const said = this.#poison.get(culprit)?.kind === 'named' ? `no blob for ${culprit}` : 'something was wrong';
    const message = `Run ${run} of ${archive}: ${said}`;
    const code = isOver ? 'RUN_FAILED' : 'RUN_PARTIAL';
    return { class: 'service', code, message, correlationId: `c-${run}` } as const;
  }
}
