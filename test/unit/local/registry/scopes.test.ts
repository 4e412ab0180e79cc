import {
  CATALOG_ACCESS,
  formatScope,
  isGranted,
  parseScope,
  repositoryAccess,
} from '../../../../local/registry/scopes.ts';

describe('a scope', () => {
  it.each(['repository:team/app:pull,push', 'repository:a:*', 'registry:catalog:*'])('%s reads and writes', (text) => {
    expect(formatScope(parseScope(text))).toBe(text);
  });

  it('loses the actions that nobody knows', () => {
    expect(parseScope('repository:a:pull,fly').actions).toEqual(['pull']);
  });

  it.each(['', 'repository:a', 'plugin:a:pull', 'repository::pull', 'repository:a:pull:push'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseScope(text)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', status: 400 }));
    },
  );
});

describe('granted access', () => {
  it('covers only the repository that it names', () => {
    const granted = [repositoryAccess('team/app', 'pull')];
    expect(isGranted(granted, repositoryAccess('team/app', 'pull'))).toBe(true);
    expect(isGranted(granted, repositoryAccess('team', 'pull'))).toBe(false);
    expect(isGranted(granted, repositoryAccess('team/app/x', 'pull'))).toBe(false);
  });

  it('must cover every action', () => {
    expect(isGranted([repositoryAccess('a', 'pull')], repositoryAccess('a', 'pull', 'push'))).toBe(false);
    expect(
      isGranted([repositoryAccess('a', 'pull'), repositoryAccess('a', 'push')], repositoryAccess('a', 'pull', 'push')),
    ).toBe(true);
  });

  it('by * covers every action of its kind, and only of its kind', () => {
    expect(isGranted([repositoryAccess('a', '*')], repositoryAccess('a', 'delete'))).toBe(true);
    expect(isGranted([repositoryAccess('catalog', '*')], CATALOG_ACCESS)).toBe(false);
  });

  it('lets who may pull read lists, and not the other way round', () => {
    expect(isGranted([repositoryAccess('a', 'pull')], repositoryAccess('a', 'metadata_read'))).toBe(true);
    expect(isGranted([repositoryAccess('a', 'metadata_read')], repositoryAccess('a', 'pull'))).toBe(false);
  });
});
