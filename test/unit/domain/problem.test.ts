import { z } from 'zod';
import { faultsOf } from '../../../src/domain/problem.ts';

const schema = z.strictObject({
  name: z.string().regex(/^[a-z]+$/, 'allowed: a to z'),
  list: z.array(z.strictObject({ size: z.number('allowed: a number') })).default([]),
});

function faults(input: unknown) {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('the input is valid');
  return faultsOf(parsed.error, input);
}

describe('faultsOf', () => {
  it('names all faults at once, each with its path, what was found and what is allowed', () => {
    expect(faults({ name: 'A', list: [{ size: 1 }, { size: 'x' }] })).toEqual([
      { path: 'name', found: 'A', allowed: 'a to z' },
      { path: 'list[1].size', found: 'x', allowed: 'a number' },
    ]);
  });

  it('names each unknown key where it stands', () => {
    expect(
      faults({ name: 'a', one: 1, list: [{ size: 1, two: 2, three: 3 }] })
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['list[0].three', 'list[0].two', 'one']);
  });

  it('calls what is missing nothing', () => {
    expect(faults({ name: 'a', list: [{}] })).toEqual([
      { path: 'list[0].size', found: 'nothing', allowed: 'a number' },
    ]);
  });

  it('shows values that are no text as JSON, and the input itself under the empty path', () => {
    expect(faults(null)).toEqual([expect.objectContaining({ path: '', found: 'null' })]);
    expect(faults({ name: 'a', list: [{ size: [1] }] })[0]?.found).toBe('[1]');
  });

  it('cuts what is long', () => {
    const found = faults({ name: 'A'.repeat(500) })[0]?.found;
    expect(found).toBe(`${'A'.repeat(120)}…`);
  });

  it('masks a secret that was written where none belongs', () => {
    const found = faults({ name: `https://a.blob.test/c?sp=rl&sig=${'k'.repeat(30)}` })[0]?.found;
    expect(found).toBe('https://a.blob.test/c?sp=***&sig=***');
  });
});
