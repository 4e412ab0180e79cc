import fc from 'fast-check';
import { ARTIFACT_FORMS, formatArtifact, isDigest, parseArtifact, referenceOf } from '../../../src/domain/artifact.ts';
import { artifacts } from './arbitraries.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('parseArtifact', () => {
  it('gives back what formatArtifact wrote', () => {
    fc.assert(
      fc.property(artifacts, (artifact) => {
        expect(parseArtifact(formatArtifact(artifact))).toEqual({ artifact });
      }),
    );
  });

  it('keeps a text that it accepts as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab/:@.-_A0'), maxLength: 12 }), (text) => {
        const parsed = parseArtifact(text);
        if ('artifact' in parsed) expect(formatArtifact(parsed.artifact)).toBe(text);
      }),
    );
  });

  it.each([
    ['samples/hello', 'neither a tag nor a digest'],
    ['', 'neither a tag nor a digest'],
    [':v1', "'' is not a repository name"],
    ['Samples/hello:v1', "'Samples/hello' is not a repository name"],
    ['samples//hello:v1', 'not a repository name'],
    ['/samples:v1', 'not a repository name'],
    ['samples/:v1', 'not a repository name'],
    ['a..b:v1', 'not a repository name'],
    ['a___b:v1', 'not a repository name'],
    ['-a:v1', 'not a repository name'],
    ['contoso.azurecr.io:443/hello:v1', "'contoso.azurecr.io:443/hello' is not a repository name"],
    [`${'a'.repeat(256)}:v1`, 'not a repository name'],
    ['hello:', "'' is not a tag"],
    ['hello:-v1', "'-v1' is not a tag"],
    ['hello:a b', "'a b' is not a tag"],
    ['hello:v1\n', 'is not a tag'],
    [`hello:${'t'.repeat(129)}`, 'is not a tag'],
    ['hello@sha256:abc', "'sha256:abc' is not a digest"],
    [`hello@sha512:${HEX}`, 'is not a digest'],
    [`hello@sha256:${HEX.toUpperCase()}`, 'is not a digest'],
    [`hello:v1@sha256:${HEX}`, "'hello:v1' is not a repository name"],
  ])('refuses %j and says what is allowed', (text, fault) => {
    const parsed = parseArtifact(text);
    expect(parsed).toEqual({ fault: expect.stringContaining(fault) });
    expect(parsed).toEqual({ fault: expect.stringContaining(ARTIFACT_FORMS) });
  });

  it('accepts names at their longest', () => {
    expect(parseArtifact(`${'a'.repeat(255)}:${'t'.repeat(128)}`)).toHaveProperty('artifact');
  });
});

describe('referenceOf', () => {
  it('is the tag or the digest', () => {
    expect(referenceOf({ repository: 'a', tag: 'v1' })).toBe('v1');
    expect(referenceOf({ repository: 'a', digest: `sha256:${HEX}` })).toBe(`sha256:${HEX}`);
  });
});

describe('isDigest', () => {
  it('holds for sha256 in lower case and for nothing around it', () => {
    expect(isDigest(`sha256:${HEX}`)).toBe(true);
    expect(isDigest(`x sha256:${HEX}`)).toBe(false);
    expect(isDigest('v1')).toBe(false);
  });
});
