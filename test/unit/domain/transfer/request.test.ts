import { faultsOf } from '../../../../src/domain/problem.ts';
import {
  isSameRequest,
  MAX_ARTIFACTS,
  type RequestRecord,
  transferRequestSchema,
} from '../../../../src/domain/transfer/request.ts';

const GOOD = { route: 'a', artifacts: ['samples/hello:v1', 'samples/hello:v2'] };

function faults(input: unknown) {
  const parsed = transferRequestSchema.safeParse(input);
  return parsed.success ? [] : faultsOf(parsed.error, input);
}

describe('transferRequestSchema', () => {
  it('takes a route and artifacts, and has no options by default', () => {
    expect(transferRequestSchema.parse(GOOD)).toEqual({ ...GOOD, options: {} });
  });

  it('names every malformed artifact at its place', () => {
    const found = faults({ ...GOOD, artifacts: ['a:v1', 'A:v1', 'b', 'c:v1', 'd@sha256:0'] });
    expect(found.map(({ path, found }) => [path, found])).toEqual([
      ['artifacts[1]', 'A:v1'],
      ['artifacts[2]', 'b'],
      ['artifacts[4]', 'd@sha256:0'],
    ]);
    for (const { allowed } of found) expect(allowed).toContain('allowed: repository:tag or repository@sha256:');
  });

  it('takes selectors, and names what is wrong with one', () => {
    const artifacts = ['team/**:v1.*', 'app:>=1.20 <2 newest 3', 'app:v1 +referrers', '!app:*-rc*'];
    expect(faults({ ...GOOD, artifacts })).toEqual([]);
    expect(faults({ ...GOOD, artifacts: ['app:*', 'app:>=banana', 'app:*'] })).toEqual([
      {
        path: 'artifacts[1]',
        found: 'app:>=banana',
        allowed: expect.stringContaining("'>=banana' is no range of versions"),
      },
      { path: 'artifacts[2]', found: 'app:*', allowed: expect.stringContaining('artifacts[0] again') },
    ]);
  });

  it('refuses an artifact that is named twice, and says where it was first', () => {
    expect(faults({ ...GOOD, artifacts: ['a:v1', 'b:v1', 'a:v1', 'a:v1'] })).toEqual([
      { path: 'artifacts[2]', found: 'a:v1', allowed: expect.stringContaining('artifacts[0] again') },
      { path: 'artifacts[3]', found: 'a:v1', allowed: expect.stringContaining('artifacts[0] again') },
    ]);
  });

  it('takes several tags of one repository, and a tag beside a digest', () => {
    expect(faults({ ...GOOD, artifacts: ['a:v1', 'a:v2', `a@sha256:${'0'.repeat(64)}`] })).toEqual([]);
  });

  it('takes a tag with its digest, and takes it for the same artifact as the tag', () => {
    const pinned = `a:v1@sha256:${'0'.repeat(64)}`;
    expect(faults({ ...GOOD, artifacts: [pinned, 'a:v2', `a@sha256:${'0'.repeat(64)}`] })).toEqual([]);
    expect(faults({ ...GOOD, artifacts: ['a:v1', pinned, 'b:v1@sha256:0', `${pinned} +referrers`] })).toEqual([
      { path: 'artifacts[1]', found: pinned, allowed: expect.stringContaining('artifacts[0] again') },
      { path: 'artifacts[2]', found: 'b:v1@sha256:0', allowed: expect.stringContaining('repository:tag@sha256:') },
      { path: 'artifacts[3]', found: expect.any(String), allowed: expect.stringContaining('repository:tag@sha256:') },
    ]);
  });

  it.each([
    ['an empty list', { ...GOOD, artifacts: [] }, 'artifacts'],
    ['no list', { route: 'a' }, 'artifacts'],
    ['a number for an artifact', { ...GOOD, artifacts: [1] }, 'artifacts[0]'],
    ['no route', { artifacts: ['a:v1'] }, 'route'],
    ['an empty route', { ...GOOD, route: '' }, 'route'],
    ['an id with capitals', { ...GOOD, id: 'ABC' }, 'id'],
    ['an id that is a path', { ...GOOD, id: '../x' }, 'id'],
    ['an unknown option', { ...GOOD, options: { target: 'x' } }, 'options.target'],
    ['an option of another type', { ...GOOD, options: { overwrite: 'yes' } }, 'options.overwrite'],
    ['an unknown key', { ...GOOD, container: 'https://x' }, 'container'],
    ['no object', 'hello', ''],
  ])('refuses %s', (_, input, path) => {
    expect(faults(input).map((fault) => fault.path)).toEqual([path]);
  });

  it('takes as many artifacts as are allowed and not one more', () => {
    const artifacts = Array.from({ length: MAX_ARTIFACTS + 1 }, (_, index) => `a:v${index}`);
    expect(faults({ route: 'a', artifacts: artifacts.slice(1) })).toEqual([]);
    expect(faults({ route: 'a', artifacts })[0]?.allowed).toContain(`at most ${MAX_ARTIFACTS}`);
  });
});

describe('isSameRequest', () => {
  const record: RequestRecord = {
    id: 'abc',
    route: 'a',
    artifacts: GOOD.artifacts,
    options: { overwrite: true },
    requestedBy: 'key',
    requestedAt: '2026-01-01T00:00:00Z',
    correlationId: 'c-1',
    retryOf: null,
  };
  const request = { ...GOOD, options: { overwrite: true } };

  it('does not mind who asked, or when', () => {
    expect(isSameRequest(record, request)).toBe(true);
    expect(isSameRequest({ ...record, requestedBy: 'other', correlationId: 'c-2' }, request)).toBe(true);
  });

  it.each([
    ['route', { ...request, route: 'b' }],
    ['artifacts', { ...request, artifacts: ['samples/hello:v1'] }],
    ['order of artifacts', { ...request, artifacts: [...GOOD.artifacts].reverse() }],
    ['options', { ...request, options: {} }],
    ['one option', { ...request, options: { overwrite: true, continueOnErrors: false } }],
    ['force', { ...request, options: { overwrite: true, force: true } }],
  ])('tells another %s apart', (_, other) => {
    expect(isSameRequest(record, other)).toBe(false);
  });
});
