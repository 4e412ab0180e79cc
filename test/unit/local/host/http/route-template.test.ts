import { parseRouteTemplate } from '../../../../../local/host/http/route-template.ts';

const match = (template: string, path: string) => parseRouteTemplate(template).match(path);

describe('a route template', () => {
  it('matches literals in any case, with or without slashes around', () => {
    expect(match('api/Items', '/API/items/')).toEqual({});
    expect(match('api/items', 'api/item')).toBeUndefined();
    expect(match('api/items', 'api/items/1')).toBeUndefined();
  });

  it('takes parameters, decoded', () => {
    expect(match('items/{name}/parts/{part}', 'items/a%20b/parts/c%2Fd')).toEqual({ name: 'a b', part: 'c/d' });
  });

  it('takes text that is badly encoded as it is', () => {
    expect(match('items/{name}', 'items/%zz')).toEqual({ name: '%zz' });
  });

  it('leaves an optional parameter out and fills in a default', () => {
    expect(match('items/{id?}', 'items')).toEqual({});
    expect(match('items/{id=all}', 'items')).toEqual({ id: 'all' });
    expect(match('items/{id=all}', 'items/7')).toEqual({ id: '7' });
    expect(match('items/{id}', 'items')).toBeUndefined();
  });

  it('takes the rest of the path', () => {
    expect(match('files/{*path}', 'files/a/b%20c')).toEqual({ path: 'a/b c' });
    expect(match('files/{*path}', 'files')).toEqual({});
  });

  it.each([
    ['int', '-12', '1.5'],
    ['int', '2147483647', '2147483648'],
    ['long', '9223372036854775807', '9223372036854775808'],
    ['bool', 'TRUE', 'yes'],
    ['guid', '0e984725-c51c-4bf4-9960-e1c80e27aba0', '0e984725'],
    ['alpha', 'aB', 'a1'],
    ['double', '1.5e3', 'x'],
    ['datetime', '2026-01-02', 'today'],
    ['length(3)', 'abc', 'abcd'],
    ['length(2,3)', 'ab', 'a'],
    ['minlength(2)', 'ab', 'a'],
    ['maxlength(2)', 'ab', 'abc'],
    ['min(5)', '5', '4'],
    ['max(5)', '5', '6'],
    ['range(1,3)', '3', '4'],
    ['regex(^[a-c]{{2}}$)', 'ab', 'abc'],
    ['int:range(1,3)', '2', '7'],
    ['int?', '1', 'x'],
  ])('holds {v:%s} to %s, not %s', (constraint, good, bad) => {
    expect(match(`i/{v:${constraint}}`, `i/${good}`)).toEqual({ v: good });
    expect(match(`i/{v:${constraint}}`, `i/${bad}`)).toBeUndefined();
  });

  it('puts literals before constrained, plain and catch-all parameters', () => {
    const templates = ['a/{*rest}', 'a/{b}', 'a/{b:int}', 'a/b', 'a'];
    const sorted = templates.sort((one, other) =>
      parseRouteTemplate(one).precedence < parseRouteTemplate(other).precedence ? -1 : 1,
    );
    expect(sorted).toEqual(['a', 'a/b', 'a/{b:int}', 'a/{b}', 'a/{*rest}']);
  });

  it.each([
    ['a/{b:colour}', "the route constraint 'colour' is unknown; allowed: alpha, bool"],
    ['a/{b:range(1)}', "the route constraint 'range(1)' is unknown"],
    ['a/x{b}', "route segment 'x{b}': a parameter must be a whole segment"],
    ['a/{*b}/c', "route 'a/{*b}/c': a catch-all parameter must be the last segment"],
  ])('refuses %s', (template, message) => {
    expect(() => parseRouteTemplate(template)).toThrow(message);
  });
});
