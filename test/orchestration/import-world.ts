import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { type Activity, runActivity } from '../../src/activities/activity.ts';
import { activities, type PlainActivityName } from '../../src/activities/all.ts';
import { askTransfers } from '../../src/activities/import/land-blob.ts';
import type { Services } from '../../src/activities/services.ts';
import { ImportRecords } from '../../src/azure/records/import-records.ts';
import { TransferRecords } from '../../src/azure/records/transfer-records.ts';
import type { ActivityInput } from '../../src/domain/activities.ts';
import type { ImportDocument } from '../../src/domain/import/import-document.ts';
import { type Route, routeSchema } from '../../src/domain/route/route.ts';
import { landBlob, landGone } from '../../src/functions/imports/land.ts';
import { reconcileImports } from '../../src/functions/imports/reconcile-imports.ts';
import { autoImportOrchestrator } from '../../src/orchestrators/auto-import.ts';
import { pipelineRunOrchestrator } from '../../src/orchestrators/pipeline-run.ts';
import { memoryContainer } from '../support/memory-container.ts';
import { watchedContainer } from '../support/watched-container.ts';
import { changed, SAMPLE_ROUTE } from '../unit/domain/sample-route.ts';
import { ARCHIVE, ImportService } from './import-service.ts';
import { type MadeUpInstance, madeUpClient } from './made-up-instances.ts';
import { type Call, Stepper } from './stepper.ts';

export { ARCHIVE } from './import-service.ts';

/** What may happen between any two calls of the app. */
export type Happening =
  | 'flip'
  | 'overwrite'
  | 'duplicate'
  | 'kill'
  | 'terminate'
  | 'triggerLists'
  | 'triggerStarts'
  | 'triggerEnds'
  | 'triggerFails';

export interface ImportWorldOptions {
  import: Partial<Route['import']>;
  deletesSource: boolean;
  /** What happens, and at which of the app's calls of the service, from 0. */
  script: readonly { at: number; what: Happening }[];
  /** The host dies right after the app's writes of these numbers, from 0, into its records. */
  killsAtWrites?: readonly number[];
  /** Nobody tells the app of the blob: it was down, or the event was lost. */
  isUnheard?: boolean;
}

/** What came of it. */
export interface ImportStory {
  service: ImportService;
  documents: ImportDocument[];
  /** Ids of the imports that the list of all leads to. */
  listed: string[];
  /** Calls of the service that the app has made. */
  calls: number;
  /** Writes into its records. */
  writes: number;
  errors: string[];
}

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const MAX_ROUNDS = 20;

/**
 * A blob lands, its event comes unless it is lost, and one tick of the reconciling timer at the end, through the real functions,
 * orchestrators, activities and records; only the service is made up. The clock must be jest's.
 */
export async function playImport(options: ImportWorldOptions): Promise<ImportStory> {
  const world = new ImportWorld(options);
  world.service.write('v0');
  if (!options.isUnheard) await world.hear();
  await world.runAll();
  world.finishScript();
  await world.tick();
  await world.runAll();
  return world.story();
}

class ImportWorld {
  readonly service: ImportService;
  readonly #services: Services;
  readonly #route: Route;
  readonly #options: ImportWorldOptions;
  readonly #script: { at: number; what: Happening }[];
  readonly #instances = new Map<string, MadeUpInstance>();
  readonly #errors: string[] = [];
  readonly #records = memoryContainer();
  #calls = 0;
  #writes = 0;
  /** The host has died: what it was doing is done again. */
  #isKilled = false;
  #isTerminated = false;
  #hears = 0;
  #overwrites = 0;

  constructor(options: ImportWorldOptions) {
    this.#options = options;
    this.#script = [...options.script].sort((left, right) => left.at - right.at);
    const route = { ...SAMPLE_ROUTE, import: { auto: 'mirror', by: 'app', waitMinutes: 1, ...options.import } };
    this.#route = routeSchema.parse(changed(route, 'name', 'a'));
    jest.setSystemTime(START_MS);
    const onCall = (when: 'before' | 'after') => this.#onCall(when);
    this.service = new ImportService({ now: START_MS, deletesSource: options.deletesSource, onCall });
    const side = this.service.side(this.#route);
    this.#services = {
      transfers: new TransferRecords(memoryContainer()),
      imports: new ImportRecords(watchedContainer(this.#records, (when, kind) => this.#onRecordCall(when, kind))),
      route: () => this.#route,
      side: () => side,
      receipts: () => undefined,
      signer: () => undefined,
      slots: () => ({}),
    } as unknown as Services;
  }

  async story(): Promise<ImportStory> {
    const records = new ImportRecords(this.#records);
    const documents: ImportDocument[] = [];
    for (const id of await records.listIds()) {
      const found = await records.read(id);
      if (found) documents.push(found);
    }
    const listed: string[] = [];
    for await (const entry of records.listIndex()) if (await records.readIndexed(entry)) listed.push(entry.id);
    const counts = { calls: this.#calls, writes: this.#writes };
    return { service: this.service, documents, listed, ...counts, errors: this.#errors };
  }

  /** The blob's event, delivered again when the host dies over it. */
  async hear(): Promise<void> {
    await this.#unlessKilled(async () => {
      const { container } = this.#services.side(this.#route, 'target');
      const found = await container.properties(ARCHIVE);
      const ears = { services: this.#services, client: this.#client(), context: this.#context() };
      const all = { ...ears, ownsTransfer: askTransfers(this.#services) };
      if (found) await landBlob(all, this.#route, { ...found, name: ARCHIVE }, 'event');
      else await landGone(all, this.#route, ARCHIVE);
    });
  }

  async tick(): Promise<void> {
    this.#pass(600_000);
    await this.#unlessKilled(() => reconcileImports([this.#route], this.#services, this.#client(), this.#context()));
  }

  /** What of the script has not happened happens now, and the service finishes what it has begun. */
  finishScript(): void {
    for (const { what } of this.#script.splice(0)) this.#happen(what);
    this.service.triggerStarts();
    this.service.triggerEnds(true);
  }

  /** Runs every instance that was started, and events that came in between, until nothing is left to do. */
  async runAll(): Promise<void> {
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
      while (this.#hears > 0) {
        this.#hears -= 1;
        await this.hear();
      }
      const next = [...this.#instances].find(([, { status }]) => status === 'Pending');
      if (!next) return;
      await this.#runInstance(...next);
    }
    this.#errors.push('instances are started without end');
  }

  async #runInstance(id: string, instance: MadeUpInstance): Promise<void> {
    instance.status = 'Running';
    let input = instance.input;
    for (let generations = 0; generations < MAX_ROUNDS; generations++) {
      const stepper = await this.#run(new Stepper(autoImportOrchestrator, input));
      if (!stepper) {
        instance.status = 'Terminated';
        return;
      }
      if (stepper.error) this.#errors.push(`${id}: ${stepper.error.message}`);
      instance.status = 'Completed';
      if (stepper.continuedWith === undefined) return;
      input = stepper.continuedWith;
    }
  }

  /** To its end; `undefined` when an operator has ended it. */
  async #run(stepper: Stepper): Promise<Stepper | undefined> {
    stepper.advance(this.service.now - stepper.now.getTime());
    while (!stepper.isDone) {
      const [call] = stepper.open;
      if (!call) throw new Error('the orchestrator waits for nothing that could come');
      stepper.advance(Math.max(0, this.service.now - stepper.now.getTime()));
      if (call.kind === 'timer') {
        this.#pass(call.delayMs ?? 0);
        stepper.fire(call);
        continue;
      }
      const answer = call.kind === 'child' ? await this.#runChild(call) : await this.#runActivity(call);
      if (this.#isTerminated) return undefined;
      stepper.complete(call, answer);
    }
    return stepper;
  }

  async #runChild(call: Call): Promise<unknown> {
    let { input } = call;
    for (;;) {
      const stepper: Stepper | undefined = await this.#run(new Stepper(pipelineRunOrchestrator, input));
      if (stepper?.continuedWith === undefined) return stepper?.output;
      input = stepper.continuedWith;
    }
  }

  #runActivity({ name, input }: Call): Promise<unknown> {
    const activity = activities[name as PlainActivityName] as Activity<PlainActivityName>;
    return this.#unlessKilled(() => runActivity(activity, this.#services, input as ActivityInput<PlainActivityName>));
  }

  /** Time passes for all; runs of the trigger that go on end. */
  #pass(milliseconds: number): void {
    this.service.now += milliseconds;
    jest.setSystemTime(this.service.now);
    this.service.triggerEnds(true);
  }

  async #unlessKilled<T>(run: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#isTerminated = false;
      const result = await run().catch((error: unknown) => {
        if (!this.#isKilled) throw error;
        return undefined as T;
      });
      if (!this.#isKilled) return result;
      this.#isKilled = false;
    }
  }

  /** A host that has died asks for nothing more. */
  #unlessDead(): void {
    if (this.#isKilled) throw new Error('killed');
  }

  #onRecordCall(when: 'before' | 'after', kind: 'read' | 'write'): void {
    this.#unlessDead();
    if (when === 'before' || kind === 'read') return;
    const write = this.#writes++;
    if (this.#options.killsAtWrites?.includes(write)) this.#isKilled = true;
    this.#unlessDead();
  }

  /** A call that the host does not survive has had its effect. */
  async #onCall(when: 'before' | 'after'): Promise<void> {
    this.#unlessDead();
    if (when === 'after') return;
    const at = this.#calls++;
    while (this.#script[0] !== undefined && this.#script[0].at <= at) {
      const next = this.#script.shift();
      if (next) this.#happen(next.what);
    }
  }

  #happen(what: Happening): void {
    const { service } = this;
    const effects: Record<Happening, () => void> = {
      flip: () => {
        service.isOn = !service.isOn;
      },
      overwrite: () => {
        this.#overwrites += 1;
        service.write(`v${this.#overwrites}`);
        this.#hears += 1;
      },
      duplicate: () => {
        this.#hears += 1;
      },
      kill: () => {
        this.#isKilled = true;
      },
      terminate: () => {
        this.#isTerminated = true;
      },
      triggerLists: () => service.triggerLists(),
      triggerStarts: () => service.triggerStarts(),
      triggerEnds: () => service.triggerEnds(true),
      triggerFails: () => service.triggerEnds(false),
    };
    effects[what]();
    jest.setSystemTime(service.now);
  }

  #client(): DurableClient {
    return madeUpClient(this.#instances, () => this.#unlessDead());
  }

  #context(): InvocationContext {
    const log = () => undefined;
    const error = (text: string) => !this.#isKilled && this.#errors.push(text);
    return { invocationId: 'invocation', log, error } as unknown as InvocationContext;
  }
}
