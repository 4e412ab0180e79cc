import { z } from 'zod';
import { parseBody, parseJsonBody, withoutEmpty } from '../../../../local/arm/request-body.ts';

describe('withoutEmpty', () => {
  it('drops nulls, empty texts and empty lists at any depth, and keeps false, zero and empty objects', () => {
    const value = { a: '', b: null, c: [], d: { e: '', f: [''] }, g: {}, h: false, i: 0, j: ['', 'x', null] };
    expect(withoutEmpty(value)).toEqual({ d: {}, g: {}, h: false, i: 0, j: ['x'] });
  });
});

describe('parseBody', () => {
  const schema = z.object({ list: z.array(z.object({ name: z.string({ error: 'a name' }) })) });

  it('names path, found and allowed of the first fault', () => {
    const body = { list: [{ name: 'x' }, { name: 5 }, { name: 6 }] };
    expect(() => parseBody(schema, body)).toThrow("list.1.name: found '5', allowed: a name.");
  });

  it('calls the body itself by its name', () => {
    expect(() => parseBody(schema, 'text')).toThrow(/^body: found 'text', allowed: /);
  });
});

describe('parseJsonBody', () => {
  it('refuses what is nested too deep to be walked through', () => {
    for (const text of ['['.repeat(40_000), '['.repeat(20_000) + ']'.repeat(20_000), '{"a":'.repeat(9000)]) {
      expect(() => parseJsonBody(Buffer.from(text))).toThrow(
        expect.objectContaining({ status: 400, code: 'InvalidRequestContent' }),
      );
    }
  });

  it('takes nothing for an empty object', () => {
    expect(parseJsonBody(Buffer.alloc(0))).toEqual({});
  });
});
