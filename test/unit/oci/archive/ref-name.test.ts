import fc from 'fast-check';
import { formatAnnotations, parseAnnotations, REF_NAME, REPOSITORY } from '../../../../src/oci/archive/ref-name.ts';

const parse = (annotations: Record<string, string>, defaultRepository?: string) =>
  parseAnnotations(annotations, 'Entry 1', defaultRepository);
const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an artifact in an archive', () => {
  it('comes back as it was written, tagged or not', () => {
    const repository = fc.stringMatching(
      /^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?(\/[a-z0-9]{1,8}(__[a-z0-9]{1,4})?){0,3}$/,
    );
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined });
    fc.assert(
      fc.property(repository, tag, (name, label) => {
        const written = label === undefined ? { repository: name } : { repository: name, tag: label };
        expect(parse(formatAnnotations(written))).toEqual(written);
      }),
    );
  });

  it.each([
    ['team/app:v1', { repository: 'team/app', tag: 'v1' }],
    ['app:v1', { repository: 'app', tag: 'v1' }],
    ['team/app', { repository: 'team/app' }],
    ['registry.test/team/app:v1', { repository: 'team/app', tag: 'v1' }],
    ['localhost:5000/app:v1', { repository: 'app', tag: 'v1' }],
    [`team/app@${digest}`, { repository: 'team/app' }],
    [`registry.test/team/app:v1@${digest}`, { repository: 'team/app', tag: 'v1' }],
  ])('reads another tool’s ref.name %s', (refName, expected) => {
    expect(parse({ [REF_NAME]: refName })).toEqual(expected);
  });

  it('gives a mere tag, and an entry without a name, the default repository', () => {
    expect(parse({ [REF_NAME]: 'v1' }, 'team/app')).toEqual({ repository: 'team/app', tag: 'v1' });
    expect(parse({}, 'team/app')).toEqual({ repository: 'team/app' });
  });

  it('does not let the default repository change a full name', () => {
    expect(parse({ [REF_NAME]: 'other/app:v1' }, 'team/app')).toEqual({ repository: 'other/app', tag: 'v1' });
  });

  it('takes the full name that containerd writes', () => {
    const annotations = { [REF_NAME]: 'v1', 'io.containerd.image.name': 'docker.io/library/web:v1' };
    expect(parse(annotations)).toEqual({ repository: 'library/web', tag: 'v1' });
  });

  it('keeps a repository of its own that looks like a host', () => {
    expect(parse({ [REPOSITORY]: 'a.b/c', [REF_NAME]: 'a.b/c:v1' })).toEqual({ repository: 'a.b/c', tag: 'v1' });
  });

  it.each([
    [{}],
    [{ [REF_NAME]: 'v1' }],
    [{ [REF_NAME]: '../../etc:v1' }],
    [{ [REF_NAME]: 'Team/App:v1' }],
    [{ [REPOSITORY]: '../x' }],
    [{ [REPOSITORY]: 'a', [REF_NAME]: 'b:v1' }],
  ])('refuses %j', (annotations) => {
    expect(() => parse(annotations)).toThrow(
      expect.objectContaining({ class: 'artifact', code: 'ARCHIVE_NAME_INVALID' }),
    );
  });
});
