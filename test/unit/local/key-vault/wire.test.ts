import { pageOf } from '../../../../local/key-vault/pages.ts';
import { parseChange, parseNewVersion } from '../../../../local/key-vault/wire.ts';

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('parseNewVersion', () => {
  it('reads what the SDK sends, nulls included', () => {
    expect(parseNewVersion(body({ value: 'v', tags: null, attributes: { enabled: true, exp: 5, nbf: null } }))).toEqual(
      {
        value: 'v',
        enabled: true,
        exp: 5,
      },
    );
  });

  it.each([
    [{}, /value/],
    [{ value: 5 }, /value/],
    [{ value: 'v', attributes: { exp: '5' } }, /attributes\.exp/],
    [{ value: 'v', attributes: { exp: 5, nbf: 5 } }, /later than nbf/],
    [{ value: 'x'.repeat(25 * 1024 + 1) }, /25601 bytes/],
    [{ value: 'v', tags: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`t${index}`, ''])) }, /15 tags/],
  ])('refuses %#', (value, message) => {
    expect(() => parseNewVersion(body(value))).toThrow(expect.objectContaining({ status: 400, code: 'BadParameter' }));
    expect(() => parseNewVersion(body(value))).toThrow(message);
  });

  it('refuses what is no JSON', () => {
    expect(() => parseChange(Buffer.from('{'))).toThrow(/not JSON/);
  });

  it('refuses what is nested too deep, and never repeats the body', () => {
    const deep = `{"value":"v","tags":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
    expect(() => parseNewVersion(Buffer.from(deep))).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => parseNewVersion(Buffer.from('{"value":"s3cret" x}'))).toThrow(/^(?!.*s3cret).*not JSON/);
  });
});

describe('pageOf', () => {
  const url = new URL('https://v.vault.source.test/secrets?api-version=7.6');
  const all = Array.from({ length: 60 }, (_, index) => index);

  it('gives every item once, 25 at most on a page', () => {
    const seen: number[] = [];
    let next: string | null = url.href;
    const sizes: number[] = [];
    while (next) {
      const page: { value: number[]; nextLink: string | null } = pageOf(all, new URL(next));
      seen.push(...page.value);
      sizes.push(page.value.length);
      next = page.nextLink;
    }

    expect(seen).toEqual(all);
    expect(sizes).toEqual([25, 25, 10]);
  });

  it('says that there is no next page when the last one is full', () => {
    expect(pageOf(all.slice(0, 25), url).nextLink).toBeNull();
  });

  it.each(['maxresults=0', 'maxresults=26', 'maxresults=x', '$skiptoken=-1'])('refuses %s', (query) => {
    expect(() => pageOf(all, new URL(`${url.href}&${query}`))).toThrow(/allowed are whole numbers/);
  });
});
