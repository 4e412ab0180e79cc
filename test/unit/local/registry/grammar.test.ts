import fc from 'fast-check';
import { parseDigest, parseReference, parseRepository } from '../../../../local/registry/grammar.ts';
import { formatTagFileName, parseTagFileName } from '../../../../local/registry/tag-file-name.ts';

describe('the grammar of names', () => {
  it.each(['a', 'team/app', 'a-b--c/d.e/f_g/h__i/0', 'x'.repeat(255)])('takes the repository %s', (name) => {
    expect(parseRepository(name)).toBe(name);
  });

  it.each([
    '',
    'Team/app',
    '/a',
    'a/',
    'a//b',
    '-a',
    'a-',
    'a..b',
    'a___b',
    '../a',
    'a/../b',
    'a/_tags',
    'a b',
    'x'.repeat(256),
  ])('refuses the repository "%s"', (name) => {
    expect(() => parseRepository(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID', status: 400 }));
  });

  it.each(['v1', '_x', 'V1.2-rc_3', 'x'.repeat(128)])('takes the tag %s', (tag) => {
    expect(parseReference(tag)).toBe(tag);
  });

  it.each(['', '.a', '-a', 'a b', 'a/b', 'a~1', 'x'.repeat(129)])('refuses the tag "%s"', (tag) => {
    expect(() => parseReference(tag)).toThrow(expect.objectContaining({ code: 'TAG_INVALID' }));
  });

  it.each(['sha256:abc', `sha256:${'A'.repeat(64)}`, `sha512:${'a'.repeat(64)}`, `md5:${'a'.repeat(32)}`, 'x:y'])(
    'refuses the digest %s',
    (digest) => {
      expect(() => parseDigest(digest)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
      expect(() => parseReference(digest)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
    },
  );

  it('says what it found and what is allowed', () => {
    expect(() => parseRepository('Team')).toThrow(/"Team": allowed are at most 255 characters/);
  });
});

describe('the file name of a tag', () => {
  const TAGS = fc.stringMatching(/^\w[\w.-]{0,127}$/);

  it('leads back to the tag', () => {
    fc.assert(fc.property(TAGS, (tag) => parseTagFileName(formatTagFileName(tag)) === tag));
  });

  it('differs in more than case for tags that differ in case, and fits every file system', () => {
    fc.assert(
      fc.property(TAGS, (tag) => {
        const name = formatTagFileName(tag);
        expect(name).toBe(name.toLowerCase());
        expect(name.length).toBeLessThanOrEqual(255);
      }),
    );
    expect(formatTagFileName('V1')).not.toBe(formatTagFileName('v1'));
  });
});
