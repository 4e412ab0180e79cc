import type { CallFacts } from '../../../../local/calls/call.ts';
import { seededRandom } from '../../../../local/faults/random.ts';
import { FaultRules } from '../../../../local/faults/rules.ts';

const call: CallFacts = {
  service: 'arm',
  host: 'management.source.test',
  method: 'PUT',
  path: '/subscriptions/x/pipelineRuns/r',
  query: '',
  operation: 'pipelineRuns/write',
  identity: 'someone',
};
const hang = { kind: 'hang' } as const;

/** For so many calls in a row: which are broken. */
function pattern(rules: FaultRules, calls: number): string {
  return Array.from({ length: calls }, () => (rules.decide(call) ? 'x' : '.')).join('');
}

function rulesWith(rule: object, seed = 1): FaultRules {
  const rules = new FaultRules(seed);
  rules.add({ fault: hang, ...rule });
  return rules;
}

describe('FaultRules', () => {
  it('breaks every matching call where a rule says no more', () => {
    expect(pattern(rulesWith({}), 4)).toBe('xxxx');
  });

  it.each([
    [{ times: 2 }, 'xx....'],
    [{ skip: 2 }, '..xxxx'],
    [{ skip: 1, times: 3 }, '.xxx..'],
  ])('%j breaks %s', (rule, broken) => {
    expect(pattern(rulesWith(rule), 6)).toBe(broken);
  });

  it('counts what it saw and broke, and says whether it is still active', () => {
    const rules = rulesWith({ skip: 1, times: 2 });
    pattern(rules, 2);
    expect(rules.list()).toMatchObject([{ id: 'f1', seen: 2, broken: 1, isActive: true }]);
    pattern(rules, 3);
    expect(rules.list()).toMatchObject([{ seen: 3, broken: 2, isActive: false }]);
  });

  it.each([
    [{ services: ['vault'] }],
    [{ services: ['proxy'] }],
    [{ method: 'GET' }],
    [{ host: '*.target.test' }],
    [{ path: '/pipelineRuns/*' }],
    [{ operation: '*/read' }],
    [{ identity: 'somebody' }],
  ])('does not count a call that is not what %j says', (rule) => {
    const rules = rulesWith(rule);
    expect(pattern(rules, 2)).toBe('..');
    expect(rules.list()[0]?.seen).toBe(0);
  });

  it('draws the same for the same seed, others for another, at about the rate', () => {
    const draw = (seed: number) => pattern(rulesWith({ rate: 0.3 }, seed), 2000);
    expect(draw(5)).toBe(draw(5));
    expect(draw(5)).not.toBe(draw(6));
    const share = draw(5).replaceAll('.', '').length / 2000;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.35);
  });

  it('gives two rules of one seed different numbers, and says which seed each has', () => {
    const rules = new FaultRules(9);
    const [one, two] = [rules.add({ fault: hang }), rules.add({ fault: hang })];
    expect(one.seed).not.toBe(two.seed);
    const again = new FaultRules(123);
    expect(again.add({ fault: hang, rate: 0.5, seed: two.seed }).seed).toBe(two.seed);
  });

  it('goes by the first rule that breaks a call; those after it do not see it', () => {
    const rules = rulesWith({ times: 1, fault: { kind: 'status', status: 503 } });
    rules.add({ fault: hang });
    expect(rules.decide(call)?.label).toBe('f1 status 503');
    expect(rules.decide(call)?.label).toBe('f2 hang');
    expect(rules.list().map(({ seen }) => seen)).toEqual([1, 1]);
  });

  it('forgets what was removed or cleared, and tells those who hang by it', () => {
    const rules = rulesWith({});
    const ended = rules.decide(call)?.ended;
    expect(rules.remove('f9')).toBe(false);
    expect(ended?.aborted).toBe(false);
    expect(rules.remove('f1')).toBe(true);
    expect(ended?.aborted).toBe(true);
    rules.add({ fault: hang });
    rules.clear();
    expect(rules.decide(call)).toBeUndefined();
  });

  it('ends a rule when its time is over', async () => {
    const rules = rulesWith({ forMs: 1 });
    while (rules.list()[0]?.isActive) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(rules.decide(call)).toBeUndefined();
  });

  it('adds up the skews of a service, and leaves the others their time', () => {
    const rules = new FaultRules(1);
    rules.add({ services: ['blob'], fault: { kind: 'clockSkew', skewSeconds: 60 } });
    rules.add({ fault: { kind: 'clockSkew', skewSeconds: -10 } });
    expect([rules.skewMs('blob'), rules.skewMs('vault'), rules.skewMs('proxy')]).toEqual([50_000, -10_000, 0]);
    rules.clear();
    expect(rules.skewMs('blob')).toBe(0);
  });
});

describe('poison', () => {
  const exportRun = { direction: 'export', artifacts: ['a/b:v1', 'a/c:v1'], blobName: 'x.tar' } as const;

  it('fails a run with such an artifact, and names it', () => {
    const rules = rulesWith({ fault: { kind: 'poison', artifact: 'a/c:*' } });
    expect(rules.decideRun(exportRun)).toEqual({
      code: 'ArtifactExportFailed',
      message: 'Failed to export artifacts. a/c:v1: The content cannot be processed.',
    });
    expect(rules.decideRun({ ...exportRun, artifacts: ['a/b:v1'] })).toBeUndefined();
  });

  it('keeps the name to itself where it is told to', () => {
    const rules = rulesWith({
      fault: { kind: 'poison', artifact: 'a/c:*', named: false, code: 'Oops', message: 'No.' },
    });
    expect(rules.decideRun(exportRun)).toEqual({ code: 'Oops', message: 'Failed to export artifacts. No.' });
  });

  it('knows the artifacts of an import by the export of its archive', () => {
    const rules = rulesWith({ fault: { kind: 'poison', artifact: 'a/c:*', direction: 'import' } });
    expect(rules.decideRun(exportRun)).toBeUndefined();
    const importRun = { direction: 'import', artifacts: [], blobName: 'x.tar' } as const;
    expect(rules.decideRun(importRun)?.code).toBe('ArtifactImportFailed');
    expect(rules.decideRun({ ...importRun, blobName: 'y.tar' })).toBeUndefined();
  });

  it('fails a run by the name of its archive, as often as the rule says', () => {
    const rules = rulesWith({ times: 1, fault: { kind: 'poison', blob: 'x*' } });
    expect(rules.decideRun({ ...exportRun, blobName: 'y.tar' })).toBeUndefined();
    expect(rules.decideRun(exportRun)).toBeDefined();
    expect(rules.decideRun(exportRun)).toBeUndefined();
  });
});

describe('seededRandom', () => {
  it('is spread evenly from 0 to below 1', () => {
    const random = seededRandom(42);
    const tenths = new Array(10).fill(0);
    for (let count = 0; count < 10_000; count++) tenths[Math.floor(random() * 10)] += 1;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
