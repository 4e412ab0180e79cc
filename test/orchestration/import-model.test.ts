import fc from 'fast-check';
import { type Happening, type ImportStory, type ImportWorldOptions, playImport } from './import-world.ts';

beforeAll(() => {
  const rest = ['nextTick', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout'] as const;
  jest.useFakeTimers({ now: 0, doNotFake: [...rest, 'clearTimeout', 'queueMicrotask', 'performance', 'hrtime'] });
});
afterAll(() => {
  jest.useRealTimers();
});

const isOfService = (run: string) => run.includes('_');

/** What must hold whatever has happened in between; the faults, none when all is well. */
function faultsOf({ service, documents, listed, errors }: ImportStory): string[] {
  const faults = [...errors];
  const ids = documents.map(({ id }) => id);
  if ([...listed].sort().join() !== ids.sort().join()) faults.push(`the list leads to ${listed}, there are ${ids}`);
  const told = documents.flatMap(({ runs }) => runs.map(({ run }) => run));
  for (const { name, status } of service.runs) {
    const times = told.filter((run) => run === name).length;
    if (times !== 1) faults.push(`run ${name} is told ${times} times`);
    if (status === 'Running') faults.push(`run ${name} still goes on`);
  }
  for (const { id, state, runs } of documents) {
    const own = runs.filter(({ run }) => !isOfService(run)).length;
    if (own > 1) faults.push(`import ${id} has started ${own} runs`);
    if (!['Succeeded', 'CompletedWithErrors', 'Failed'].includes(state)) faults.push(`import ${id} is ${state}`);
  }
  if (service.needlessRuns > 0) faults.push('a run was started beside one that was there at the claim');
  const { blob } = service;
  const isLeft =
    blob && !service.runs.some(({ content, finishedAt }) => content === blob.content && finishedAt !== null);
  if (isLeft && service.isOn) faults.push(`content ${blob.content} was lost`);
  return faults;
}

async function expectAllWell(options: ImportWorldOptions): Promise<ImportStory> {
  const story = await playImport(options);
  const faults = faultsOf(story);
  if (faults.length > 0) throw new Error(`${JSON.stringify(options)}: ${faults.join('; ')}`);
  return story;
}

/** An import and a tick make about 20 calls; whatever is scripted later happens before the tick. */
const CALLS = 26;
const at = (index: number, what: Happening) => ({ at: index, what });
const MIRRORS = [{ by: 'app' }, { by: 'service' }] as const;

describe('a blob that lands, with one thing happening between any two calls', () => {
  const WHATS: Happening[] = ['flip', 'overwrite', 'duplicate', 'kill', 'terminate'];
  it.each(WHATS)('%s: nothing is lost, nothing done twice', async (what) => {
    for (const route of MIRRORS) {
      for (const deletesSource of [false, true]) {
        for (let index = 0; index < CALLS; index++) {
          await expectAllWell({ import: route, deletesSource, script: [at(index, what)] });
        }
      }
    }
  });
});

/** What else may have happened by the tick. */
const STORIES: readonly [string, ImportWorldOptions['script']][] = [
  ['nobody else', []],
  ['a run of the service that shows after the end', [at(0, 'triggerLists'), at(99, 'triggerStarts')]],
  [
    'a run of the service that fails in between',
    [at(0, 'triggerLists'), at(6, 'triggerStarts'), at(9, 'triggerFails')],
  ],
  ['a new state', [at(4, 'overwrite')]],
];

describe('a host that dies between any two writes into the records', () => {
  it.each(STORIES)('with %s: nothing is lost, nothing done twice', async (_name, script) => {
    for (const route of MIRRORS) {
      for (const isUnheard of [false, true]) {
        for (const deletesSource of [false, true]) {
          const options = { import: route, deletesSource, script, isUnheard };
          const { writes } = await expectAllWell(options);
          expect(writes).toBeGreaterThan(5);
          for (let write = 0; write < writes; write++) await expectAllWell({ ...options, killsAtWrites: [write] });
        }
      }
    }
  });
});

describe('a blob that lands while the app is down', () => {
  it.each(MIRRORS)('is imported by one tick, whatever happens in it (%j)', async (route) => {
    const whats: Happening[] = ['flip', 'overwrite', 'kill', 'terminate', 'triggerLists', 'triggerStarts'];
    const quiet = { import: route, deletesSource: false, script: [], isUnheard: true };
    const { documents } = await expectAllWell(quiet);
    expect(documents).toMatchObject([{ state: 'Succeeded', trigger: 'reconcile', by: 'app' }]);
    for (const what of whats) {
      for (let index = 0; index < CALLS; index++) await expectAllWell({ ...quiet, script: [at(index, what)] });
    }
  });

  it('and that the service has imported and deleted in the meantime is accounted for', async () => {
    const script = [at(-1, 'triggerLists'), at(-1, 'triggerStarts'), at(-1, 'triggerEnds')] as const;
    const away = { import: { by: 'app' }, deletesSource: true, isUnheard: true } as const;
    const { documents, service } = await expectAllWell({ ...away, script });
    expect(documents).toMatchObject([{ state: 'Succeeded', by: 'service', trigger: 'reconcile' }]);
    expect(service.runs).toHaveLength(1);
  });
});

describe('a blob that lands where the trigger of the service is about', () => {
  it.each([
    ['app', false, 'triggerEnds'],
    ['app', true, 'triggerEnds'],
    ['app', false, 'triggerFails'],
    ['service', false, 'triggerEnds'],
    ['service', true, 'triggerEnds'],
    ['service', false, 'triggerFails'],
  ] as const)('by %s, deleting %s, %s: whenever it lists and starts', async (by, deletesSource, end) => {
    for (let lists = 0; lists < CALLS; lists++) {
      for (let starts = lists; starts < CALLS; starts++) {
        const script = [at(lists, 'triggerLists'), at(starts, 'triggerStarts'), at(starts + 2, end)];
        const { service } = await expectAllWell({ import: { by }, deletesSource, script });
        // Two runs on one state: only where the service had listed the blob before the app took it.
        const triggered = service.runs.filter(({ listed }) => listed !== undefined);
        expect(triggered.length).toBeLessThanOrEqual(1);
        if (by === 'service' && lists === 0 && starts < 3 && end === 'triggerEnds')
          expect(service.runs).toHaveLength(1);
      }
    }
  });

  it('and anything else, in any order', async () => {
    const whats: Happening[] = ['flip', 'overwrite', 'duplicate', 'kill', 'terminate'];
    const service: Happening[] = ['triggerLists', 'triggerStarts', 'triggerEnds', 'triggerFails'];
    const happening = fc.record({ at: fc.nat({ max: 40 }), what: fc.constantFrom(...whats, ...service, ...service) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ImportWorldOptions['import'][]>({ by: 'app' }, { by: 'service' }, { auto: 'always' }),
        fc.boolean(),
        fc.array(happening, { minLength: 2, maxLength: 7 }),
        async (route, deletesSource, script) => {
          await expectAllWell({ import: route, deletesSource, script });
        },
      ),
      { numRuns: 800 },
    );
  });
});

describe('the table of triggers', () => {
  const OFF = at(0, 'flip');
  const BY_SERVICE = [at(0, 'triggerLists'), at(20, 'triggerStarts')];
  it.each([
    ['mirror', 'app', true, [], ['app']],
    ['mirror', 'service', true, BY_SERVICE, ['service']],
    ['mirror', 'service', true, [], ['app']],
    ['mirror', 'app', false, [OFF], []],
    ['mirror', 'service', false, [OFF], []],
    ['always', 'app', false, [OFF], ['app']],
    ['always', 'service', false, [OFF], ['app']],
    ['always', 'service', true, BY_SERVICE, ['service']],
    ['never', 'app', true, BY_SERVICE, ['service']],
    ['never', 'app', false, [OFF], []],
  ] as const)('%s, by %s, trigger on: %s', async (auto, by, _isOn, script, expected) => {
    const { documents, service } = await playImport({ import: { auto, by }, deletesSource: false, script });
    expect(documents.map((document) => document.by)).toEqual(expected);
    expect(service.runs.map(({ listed }) => (listed === undefined ? 'app' : 'service'))).toEqual(expected);
    expect(documents.every(({ state }) => state === 'Succeeded')).toBe(true);
  });

  it('never, where the service does not come: the import has failed for that, and starts no run', async () => {
    const { documents, service } = await playImport({ import: { auto: 'never' }, deletesSource: false, script: [] });
    expect(service.runs).toEqual([]);
    expect(documents).toMatchObject([{ state: 'Failed', by: null, error: { code: 'SERVICE_DID_NOT_IMPORT' } }]);
  });

  it('names both runs where the service had listed the blob before the app took it, however late its run shows', async () => {
    let doubles = 0;
    for (let starts = 0; starts < CALLS; starts++) {
      const script = [at(0, 'triggerLists'), at(starts, 'triggerStarts'), at(starts + 1, 'triggerFails')];
      const { documents, service } = await playImport({ import: { by: 'app' }, deletesSource: false, script });
      expect(documents).toHaveLength(1);
      if (service.runs.length < 2) continue;
      doubles += 1;
      expect(documents[0]).toMatchObject({ state: 'Succeeded', by: 'app' });
      expect(documents[0]?.runs.map(({ run }) => run).sort()).toEqual(service.runs.map(({ name }) => name).sort());
    }
    expect(doubles).toBeGreaterThan(5);
  });
});
