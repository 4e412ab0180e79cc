import fc from 'fast-check';
import { globMatcher } from '../../../src/domain/glob.ts';

/** The plainest definition there is: what a glob means, by trying everything. */
function fits(glob: string, name: string): boolean {
  if (glob === '') return name === '';
  if (glob === '/**') return name === '' || name.startsWith('/');
  if (glob.startsWith('**')) {
    const rest = glob.replace(/^\*+/, '');
    for (let cut = 0; cut <= name.length; cut++) if (fits(rest, name.slice(cut))) return true;
    return false;
  }
  if (glob.startsWith('*')) {
    for (let cut = 0; cut <= name.length; cut++) {
      if (name.slice(0, cut).includes('/')) return false;
      if (fits(glob.slice(1), name.slice(cut))) return true;
    }
    return false;
  }
  const isOne = glob.startsWith('?') ? name !== '' && !name.startsWith('/') : name.startsWith(glob.charAt(0));
  return isOne && name !== '' && fits(glob.slice(1), name.slice(1));
}

describe('globMatcher', () => {
  it.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/apps', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/app/web', false],
    ['team/*', 'team', false],
    ['team/**', 'team/app/web', true],
    ['team/**', 'team', true],
    ['team/**', 'teams', false],
    ['**/web', 'web', true],
    ['**/web', 'a/b/web', true],
    ['**/web', 'a/bweb', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/bz', false],
    ['**', 'any/thing', true],
    ['v1.*', 'v1.2', true],
    ['v1.*', 'v11', false],
    ['v?.0', 'v1.0', true],
    ['v?.0', 'v/.0', false],
    ['a.c', 'abc', false],
    ['(a+)+$', '(a+)+$', true],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
  ])('%j on %j: %j', (glob, name, expected) => {
    expect(globMatcher(glob)(name)).toBe(expected);
  });

  it('means what trying everything finds', () => {
    const text = (...parts: string[]) =>
      fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text('a', 'b', '*', '?', '**'), text('a', 'b'), (glob, name) => {
        expect(globMatcher(glob)(name)).toBe(fits(glob, name));
      }),
      { numRuns: 2000 },
    );
  });

  it('follows no way twice, however many there are', () => {
    expect(globMatcher(`${'*a'.repeat(120)}b`)('a'.repeat(250))).toBe(false);
  });
});
