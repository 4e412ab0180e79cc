import { chooseRepositories, joinSelection, needsCatalog } from '../../../../src/domain/selection/selection.ts';

const CATALOG = ['team/api', 'team/web', 'tools/lint', 'zoo'];

describe('chooseRepositories', () => {
  it('takes those of the catalog that fit, and those that are named, each once', () => {
    expect(chooseRepositories(['team/*:v1', 'zoo:*', 'team/web:v2*', 'not/there:v*'], CATALOG)).toEqual([
      'not/there',
      'team/api',
      'team/web',
      'zoo',
    ]);
  });

  it('lists nothing for names, and for what is left out', () => {
    expect(chooseRepositories(['zoo:v1', '!team/*:v1'], CATALOG)).toEqual([]);
  });
});

describe('needsCatalog', () => {
  it.each([
    [['app:v1', 'app:*'], false],
    [['app:v1', '!**:*'], false],
    [['app:v1', '**:*'], true],
  ])('%j: %j', (entries, expected) => {
    expect(needsCatalog(entries)).toBe(expected);
  });
});

describe('joinSelection', () => {
  it('keeps the order of the list, each artifact once, without what is left out', () => {
    const entries = ['zoo:v9', 'team/*:v*', 'team/web:v1', '!**:*-rc*', 'tools/*:v*'];
    const selected = [
      { entry: 4, artifacts: ['tools/lint:v1'] },
      { entry: 1, artifacts: ['team/api:v1', 'team/api:v2-rc1'] },
      { entry: 1, artifacts: ['team/web:v1'] },
    ];
    expect(joinSelection(entries, selected)).toEqual({
      artifacts: ['zoo:v9', 'team/api:v1', 'team/web:v1', 'tools/lint:v1'],
      selectors: [
        { selector: 'team/*:v*', artifacts: 3, near: [] },
        { selector: 'tools/*:v*', artifacts: 1, near: [] },
      ],
    });
  });

  it('says what came to nothing, and what may have been meant', () => {
    const near = new Map([['app:v1.22*', ['app:v1.20']]]);
    expect(joinSelection(['app:v1.22*', 'zoo:v9'], [], near)).toEqual({
      artifacts: ['zoo:v9'],
      selectors: [{ selector: 'app:v1.22*', artifacts: 0, near: ['app:v1.20'] }],
    });
  });

  it('leaves out a digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const selected = [{ entry: 0, artifacts: ['app:v1', `app@${digest}`] }];
    expect(joinSelection(['app:v1 +referrers', `!app@${digest}`], selected).artifacts).toEqual(['app:v1']);
  });

  it('keeps the name of one artifact that is not there, as it keeps one without "+referrers"', () => {
    const near = new Map([['app:v9 +referrers', ['app:v8']]]);
    expect(joinSelection(['app:v9 +referrers', 'zoo:v9', 'app:v9* +referrers', '*:v9'], [], near)).toEqual({
      artifacts: ['app:v9', 'zoo:v9'],
      selectors: [
        { selector: 'app:v9 +referrers', artifacts: 0, near: ['app:v8'] },
        { selector: 'app:v9* +referrers', artifacts: 0, near: [] },
        { selector: '*:v9', artifacts: 0, near: [] },
      ],
    });
    expect(joinSelection(['app:v9 +referrers', '!app:v9'], []).artifacts).toEqual([]);
    expect(joinSelection(['app:v9 newest 1'], []).artifacts).toEqual([]);
  });
});

describe('a tag that the list pins to a digest', () => {
  const pinned = `app:v1@sha256:${'a'.repeat(64)}`;
  const selected = (entry: number) => [{ entry, artifacts: ['app:v1', 'app:v2'] }];

  it.each<[string, string[], ReturnType<typeof selected>, string[]]>([
    ['keeps its digest beside selectors', [pinned, 'app:*'], selected(1), [pinned, 'app:v2']],
    ['has it also where a selector brought it first', ['app:*', pinned], selected(0), [pinned, 'app:v2']],
    ['is left out by its tag', ['app:*', pinned, '!app:v1'], selected(0), ['app:v2']],
    ['is left out by its digest', ['zoo:v1', pinned, `!app@sha256:${'a'.repeat(64)}`], [], ['zoo:v1']],
  ])('%s', (_, entries, found, artifacts) => {
    expect(joinSelection(entries, found).artifacts).toEqual(artifacts);
  });
});

describe('what refers to an artifact that is left out', () => {
  const [signature, attestation] = ['a', 'b'].map((hex) => `app@sha256:${hex.repeat(64)}`) as [string, string];
  /** `tag` with its signature, and what attests that one. */
  const signed = (entry: number, tag: string) => [
    { entry, artifacts: [tag] },
    { entry, subject: tag, artifacts: [signature] },
    { entry, subject: signature, artifacts: [attestation] },
  ];

  it.each<[string, string[], ReturnType<typeof signed>, string[]]>([
    ['stays where it is', ['app:v1 +referrers'], signed(0, 'app:v1'), ['app:v1', signature, attestation]],
    ['goes with it', ['app:v1 +referrers', '!app:v1'], signed(0, 'app:v1'), []],
    ['goes with what is between', ['app:v1 +referrers', `!${signature}`], signed(0, 'app:v1'), ['app:v1']],
    [
      'stays where it refers to another, too',
      ['app:* +referrers', '!app:v1'],
      [...signed(0, 'app:v1'), ...signed(0, 'app:v2')],
      ['app:v2', signature, attestation],
    ],
    ['stays where the list names it', ['app:v1 +referrers', '!app:v1', signature], signed(0, 'app:v1'), [signature]],
    [
      'stays where another selector brings it',
      ['app:v1 +referrers', '!app:v1', 'app:v2 +referrers'],
      [...signed(0, 'app:v1'), ...signed(2, 'app:v2')],
      ['app:v2', signature, attestation],
    ],
  ])('%s', (_, entries, selected, artifacts) => {
    expect(joinSelection(entries, selected).artifacts).toEqual(artifacts);
  });
});
