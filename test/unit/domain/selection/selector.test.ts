import {
  chooseTags,
  isSelector,
  leavesOut,
  parseArtifactList,
  parseSelector,
  type Selector,
  versionOf,
} from '../../../../src/domain/selection/selector.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.selector;
}

describe('isSelector', () => {
  it.each(['team/app:v1', `team/app@${DIGEST}`, 'app:1.x', 'app'])('%s names one artifact', (text) => {
    expect(isSelector(text)).toBe(false);
  });

  it.each(['app:*', 'team/**:v1', 'app:>=1', 'app:^1.2', '!app:v1', 'app:v1 +referrers', 'app:v?'])(
    '%s selects',
    (text) => {
      expect(isSelector(text)).toBe(true);
    },
  );
});

describe('parseSelector', () => {
  it('reads every part of a line', () => {
    expect(selector('!team/**:>=1.20 <2 newest 3 +referrers')).toMatchObject({
      excludes: true,
      repository: undefined,
      newest: 3,
      referrers: true,
      tags: { kind: 'range' },
    });
    expect(selector('app:v1')).toMatchObject({
      excludes: false,
      repository: 'app',
      newest: undefined,
      referrers: false,
    });
    expect(selector(`app@${DIGEST} +referrers`)).toMatchObject({
      tags: { kind: 'digest', digest: DIGEST },
      referrers: true,
    });
  });

  it('fits repositories', () => {
    expect(selector('team/**:*').fits('team/a/b')).toBe(true);
    expect(selector('team/**:*').fits('teams')).toBe(false);
    expect(selector('team:*').fits('team')).toBe(true);
  });

  it.each<[string, RegExp]>([
    ['*', /no repository and tag/],
    ['app:', /no repository and tag/],
    ['App/*:v1', /'App\/\*' is no repository/],
    ['app:>=banana', /'>=banana' is no range/],
    ['app:a b', /'a b' is no tag/],
    ['app:* newest 0', /selects nothing/],
    ['app:* newest many', /no tag, no glob/],
    ['app@sha256:12 +referrers', /'sha256:12' is not a digest/],
    [`app:${'*'.repeat(600)}`, /longer than 512/],
  ])('refuses %s', (text, fault) => {
    expect(parseSelector(text)).toEqual({ fault: expect.stringMatching(fault) });
    expect(parseSelector(text)).toEqual({ fault: expect.stringContaining('allowed: repository:tag') });
  });
});

describe('versionOf', () => {
  it.each([
    ['1.20', '1.20.0'],
    ['v1.20.3', '1.20.3'],
    ['1.20.3-rc.1', '1.20.3-rc.1'],
    ['1', undefined],
    ['latest', undefined],
    ['v1.2.3.4', undefined],
    ['01.2', undefined],
  ])('%s is %s', (tag, version) => {
    expect(versionOf(tag)?.version).toBe(version);
  });
});

describe('chooseTags', () => {
  const tags = ['latest', '1', '1.9', '1.20', '1.20.1', '1.21.0-rc.1', '2.0.0', 'v1.22.0'];

  it.each([
    ['app:*', tags],
    ['app:1.2*', ['1.20', '1.20.1', '1.21.0-rc.1']],
    ['app:>=1.20 <2', ['1.20', '1.20.1', 'v1.22.0']],
    ['app:^1.20 || 2.x', ['1.20', '1.20.1', '2.0.0', 'v1.22.0']],
    ['app:>=1.20 newest 2', ['2.0.0', 'v1.22.0']],
    ['app:* newest 3', ['2.0.0', 'v1.22.0', '1.21.0-rc.1']],
    ['app:v* newest 3', ['v1.22.0']],
    ['app:nothing', []],
  ])('%s means %j', (text, expected) => {
    expect(chooseTags(selector(text), tags)).toEqual(expected);
  });
});

describe('leavesOut', () => {
  it('knows what an excluding line means', () => {
    expect(leavesOut(selector('!team/**:*-rc*'), 'team/app', '1.0-rc1', undefined)).toBe(true);
    expect(leavesOut(selector('!team/**:*-rc*'), 'team/app', '1.0', undefined)).toBe(false);
    expect(leavesOut(selector('!team/**:*-rc*'), 'other', '1.0-rc1', undefined)).toBe(false);
    expect(leavesOut(selector('!app:>=2'), 'app', '2.1', undefined)).toBe(true);
    expect(leavesOut(selector(`!app@${DIGEST}`), 'app', undefined, DIGEST)).toBe(true);
    expect(leavesOut(selector('team/**:*'), 'team/app', '1.0', undefined)).toBe(false);
  });
});

describe('parseArtifactList', () => {
  it('reads one entry a line, without comments and blank lines', () => {
    const text = '\uFEFF# ours\r\napp:v1  # the first\r\n\r\n  team/**:v1.* \n#app:v2\n!app:v3';
    expect(parseArtifactList(text)).toEqual([
      { line: 2, text: 'app:v1' },
      { line: 4, text: 'team/**:v1.*' },
      { line: 6, text: '!app:v3' },
    ]);
  });
});
