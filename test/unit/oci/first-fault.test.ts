import { z } from 'zod';
import { listOf, textMap } from '../../../src/oci/first-fault.ts';

const MANY = Array.from({ length: 100_000 }, () => 0);

describe('listOf', () => {
  const schema = z.object({ list: listOf(z.object({ name: z.string() })) });

  it('gives the items as their schema does', () => {
    expect(schema.parse({ list: [{ name: 'a', more: 1 }, { name: 'b' }] })).toEqual({
      list: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('notes one fault of a hundred thousand, with its place', () => {
    const issues = schema.safeParse({ list: [{ name: 'a' }, { name: 1 }, ...MANY] }).error?.issues;
    expect(issues).toEqual([expect.objectContaining({ path: ['list', 1, 'name'] })]);
  });

  it.each([{}, 'text', null, 1])('refuses %j', (list) => {
    expect(schema.safeParse({ list }).error?.issues).toEqual([expect.objectContaining({ path: ['list'] })]);
  });
});

describe('textMap', () => {
  it('gives the texts, also by a name that objects have of their own', () => {
    const parsed = textMap.parse(JSON.parse('{"a":"b","__proto__":"c"}'));
    expect(Object.entries(parsed)).toEqual([
      ['a', 'b'],
      ['__proto__', 'c'],
    ]);
  });

  it('notes one fault of a hundred thousand, with its name', () => {
    expect(textMap.safeParse({ a: 'b', ...MANY }).error?.issues).toEqual([expect.objectContaining({ path: ['0'] })]);
  });

  it.each([[['a']], ['text'], [null]])('refuses %j', (value) => {
    expect(textMap.safeParse(value).success).toBe(false);
  });
});
