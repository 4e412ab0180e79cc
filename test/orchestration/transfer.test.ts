import { transferOrchestrator } from '../../src/orchestrators/transfer.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { type Call, namesOf, run, Stepper } from './stepper.ts';

const ID = '20261123-184512-k3f7ab';

function table(more: Record<string, unknown> = {}, batches = 1, maxParallelBatches = 2) {
  return {
    beginTransfer: ok({ ended: false, pages: 1 }),
    preflightRoute: ok(null),
    resolveArtifacts: ok(null),
    planTransfer: ok({ batches, maxParallelBatches, stopped: false }),
    segment: { stopped: false },
    writeReport: ok({ state: 'Succeeded' }),
    ...more,
  };
}

function inputsOf(stepper: Stepper, name: string): unknown[] {
  return stepper.calls.filter((call) => call.name === name).map(({ input }) => input);
}

/** Steps a transfer of `batches` batches up to where its first segments run. */
function startSegments(batches: number, maxParallelBatches: number): Stepper {
  const answer = answers(table({}, batches, maxParallelBatches));
  const stepper = new Stepper(transferOrchestrator, ID);
  while (stepper.open[0]?.kind === 'activity') stepper.complete(stepper.open[0], answer(stepper.open[0]));
  return stepper;
}

describe('transferOrchestrator', () => {
  it('begins, checks, resolves, plans, moves and reports, in this order', () => {
    const stepper = run(transferOrchestrator, ID, answers(table()));
    expect(namesOf(stepper)).toEqual([
      'beginTransfer',
      'preflightRoute',
      'resolveArtifacts',
      'planTransfer',
      'segment',
      'writeReport',
    ]);
    expect(stepper.output).toBe('Succeeded');
    expect(inputsOf(stepper, 'writeReport')).toEqual([{ transfer: ID, error: null }]);
  });

  it('has the webhook told after the report, where the route wants to hear of the end', () => {
    const more = { writeReport: ok({ state: 'Failed', notify: 1 }), startNotification: ok(null) };
    const stepper = run(transferOrchestrator, ID, answers(table(more)));
    expect(namesOf(stepper).slice(-2)).toEqual(['writeReport', 'startNotification']);
    expect(inputsOf(stepper, 'startNotification')).toEqual([{ kind: 'transfer', id: ID, end: 1 }]);
    expect(stepper.output).toBe('Failed');
  });

  it('ends as it ended, also when nothing can be started to tell of it', () => {
    const more = { writeReport: ok({ state: 'Succeeded', notify: 1 }), startNotification: refused() };
    expect(run(transferOrchestrator, ID, answers(table(more))).output).toBe('Succeeded');
  });

  it('does nothing to a transfer that has its report', () => {
    const stepper = run(transferOrchestrator, ID, answers({ beginTransfer: ok({ ended: true, pages: 0 }) }));
    expect(namesOf(stepper)).toEqual(['beginTransfer']);
    expect(stepper.output).toBe('AlreadyEnded');
  });

  it('resolves page by page', () => {
    const stepper = run(transferOrchestrator, ID, answers(table({ beginTransfer: ok({ ended: false, pages: 3 }) })));
    expect(inputsOf(stepper, 'resolveArtifacts')).toEqual([1, 2, 3].map((page) => ({ transfer: ID, page })));
    expect(inputsOf(stepper, 'planTransfer')).toEqual([{ transfer: ID, pages: 3 }]);
  });

  it('has the pages of a long list worked on by children, 20 each, so that its own history stays short', () => {
    const begun = ok({ ended: false, pages: 41, pagesPerChild: 20 });
    const stepper = run(transferOrchestrator, ID, answers(table({ beginTransfer: begun, workPages: ok(null) })));
    const children = stepper.calls.filter(({ name }) => name === 'workPages');
    expect(children.map(({ input, instanceId }) => [instanceId, input])).toEqual(
      [
        [1, 20],
        [21, 40],
        [41, 41],
      ].map(([first, last]) => [
        `pages:${ID}:resolveArtifacts:${first}`,
        { transfer: ID, activity: 'resolveArtifacts', first, last },
      ]),
    );
    expect(inputsOf(stepper, 'planTransfer')).toEqual([{ transfer: ID, pages: 41 }]);
  });

  it('works on a single page itself, and reports when a child says why not', () => {
    const one = { beginTransfer: ok({ ended: false, pages: 1, pagesPerChild: 20 }) };
    expect(namesOf(run(transferOrchestrator, ID, answers(table(one))))).toContain('resolveArtifacts');
    const many = { beginTransfer: ok({ ended: false, pages: 50, pagesPerChild: 20 }), workPages: refused() };
    const failed = run(transferOrchestrator, ID, answers(table(many)));
    expect(namesOf(failed).slice(2)).toEqual(['workPages', 'writeReport']);
    expect(inputsOf(failed, 'writeReport')).toMatchObject([{ error: { code: 'BROKEN' } }]);
  });

  it('resolves selectors first, page by page, and then what they came to', () => {
    const selecting = {
      beginTransfer: ok({ ended: false, pages: 0, selects: true }),
      selectRepositories: ok({ halt: null, pages: 2 }),
      selectArtifacts: ok(null),
      joinSelection: ok({ pages: 3 }),
    };
    const stepper = run(transferOrchestrator, ID, answers(table(selecting)));
    expect(namesOf(stepper).slice(2, 6)).toEqual([
      'selectRepositories',
      'selectArtifacts',
      'selectArtifacts',
      'joinSelection',
    ]);
    expect(inputsOf(stepper, 'selectArtifacts')).toEqual([1, 2].map((page) => ({ transfer: ID, page })));
    expect(inputsOf(stepper, 'joinSelection')).toEqual([{ transfer: ID, pages: 2 }]);
    expect(inputsOf(stepper, 'planTransfer')).toEqual([{ transfer: ID, pages: 3 }]);
  });

  it('waits through a pause before each step of a selection, and selects nothing once canceled', () => {
    const selecting = {
      beginTransfer: ok({ ended: false, pages: 0, selects: true }),
      selectRepositories: [ok({ halt: 'Paused', pages: 0 }), ok({ halt: null, pages: 1 })],
      awaitResume: ok(null),
      selectArtifacts: ok('Canceled'),
    };
    const stepper = run(transferOrchestrator, ID, answers(table(selecting)));
    expect(namesOf(stepper).slice(2)).toEqual([
      'selectRepositories',
      'awaitResume',
      'selectRepositories',
      'selectArtifacts',
      'writeReport',
    ]);
    expect(inputsOf(stepper, 'writeReport')).toEqual([{ transfer: ID, error: null }]);
  });

  it('reports a selection that came to nothing', () => {
    const nothing = refused({ class: 'artifact', code: 'NOTHING_SELECTED' });
    const selecting = {
      beginTransfer: ok({ ended: false, pages: 0, selects: true }),
      selectRepositories: ok({ halt: null, pages: 0 }),
      joinSelection: nothing,
      writeReport: ok({ state: 'Failed' }),
    };
    const stepper = run(transferOrchestrator, ID, answers(table(selecting)));
    expect(inputsOf(stepper, 'writeReport')).toEqual([
      { transfer: ID, error: (nothing as { failure: unknown }).failure },
    ]);
  });

  it.each(['beginTransfer', 'preflightRoute', 'resolveArtifacts', 'planTransfer'])(
    'reports the failure of %s and goes no further',
    (name) => {
      const { failure } = refused({ class: 'access', code: 'Forbidden' }) as { failure: unknown };
      const stepper = run(
        transferOrchestrator,
        ID,
        answers(
          table({ [name]: refused({ class: 'access', code: 'Forbidden' }), writeReport: ok({ state: 'Failed' }) }),
        ),
      );
      expect(namesOf(stepper).slice(-2)).toEqual([name, 'writeReport']);
      expect(inputsOf(stepper, 'writeReport')).toEqual([{ transfer: ID, error: failure }]);
      expect(stepper.output).toBe('Failed');
    },
  );

  it('tries an activity again that failed transiently', () => {
    const stepper = run(transferOrchestrator, ID, answers(table({ preflightRoute: [BUSY, ok(null)] })));
    expect(namesOf(stepper).slice(1, 4)).toEqual(['preflightRoute', 'timer', 'preflightRoute']);
    expect(stepper.output).toBe('Succeeded');
  });

  it('starts no segment when the plan says stop, and none when nothing has to move', () => {
    for (const planned of [
      { batches: 3, maxParallelBatches: 2, stopped: true },
      { batches: 0, maxParallelBatches: 2, stopped: false },
    ]) {
      const stepper = run(transferOrchestrator, ID, answers(table({ planTransfer: ok(planned) })));
      expect(namesOf(stepper)).not.toContain('segment');
      expect(namesOf(stepper).at(-1)).toBe('writeReport');
    }
  });

  it('gives its segments ids and counters only, and names derived from the transfer', () => {
    const stepper = run(transferOrchestrator, ID, answers(table({}, 45, 4)));
    const segments = stepper.calls.filter(({ kind }) => kind === 'child');
    expect(segments.map(({ instanceId }) => instanceId)).toEqual([1, 2, 3].map((n) => `segment:${ID}:${n}`));
    expect(segments.map(({ input }) => input)).toEqual([
      { transfer: ID, segment: 1, first: 1, last: 20, window: 2 },
      { transfer: ID, segment: 2, first: 21, last: 40, window: 2 },
      { transfer: ID, segment: 3, first: 41, last: 45, window: 2 },
    ]);
  });

  it('has two segments in flight and starts the next as one ends', () => {
    const stepper = startSegments(100, 4);
    const numbers = () => stepper.open.map(({ instanceId }) => instanceId?.split(':').at(-1));
    expect(numbers()).toEqual(['1', '2']);
    stepper.complete(stepper.open[1] as Call, { stopped: false });
    expect(numbers()).toEqual(['1', '3']);
    stepper.complete(stepper.open[0] as Call, { stopped: false });
    expect(numbers()).toEqual(['3', '4']);
  });

  it('runs segments one after the other where a window of one cannot be shared', () => {
    const stepper = startSegments(45, 1);
    expect(stepper.open).toHaveLength(1);
    stepper.complete(stepper.find('segment'), { stopped: false });
    expect(stepper.open.map(({ instanceId }) => instanceId)).toEqual([`segment:${ID}:2`]);
  });

  it('starts no further segment after one was stopped, and reports when those that run have ended', () => {
    const stepper = startSegments(100, 4);
    stepper.complete(stepper.open[0] as Call, { stopped: true });
    expect(stepper.open.map(({ instanceId }) => instanceId)).toEqual([`segment:${ID}:2`]);
    stepper.complete(stepper.find('segment'), { stopped: false });
    expect(stepper.open.map(({ name }) => name)).toEqual(['writeReport']);
  });

  it('goes on with the other segments when one throws', () => {
    const stepper = startSegments(60, 4);
    stepper.fail(stepper.open[0] as Call, new Error('lost'));
    stepper.fail(stepper.open[0] as Call, new Error('lost too'));
    expect(stepper.open.map(({ instanceId }) => instanceId)).toEqual([`segment:${ID}:3`]);
    stepper.complete(stepper.find('segment'), { stopped: false });
    expect(stepper.open).toMatchObject([{ name: 'writeReport', input: { transfer: ID, error: null } }]);
  });

  it('fails loudly when no report can be written', () => {
    const stepper = run(
      transferOrchestrator,
      ID,
      answers(table({ writeReport: refused({ code: 'ContainerNotFound' }) })),
    );
    expect(stepper.error?.message).toMatch(new RegExp(`report of ${ID}: ContainerNotFound`));
  });
});
