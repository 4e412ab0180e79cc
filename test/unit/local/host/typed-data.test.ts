import { jsonData, jsonText, objectData, parseJson, plainValue } from '../../../../local/host/typed-data.ts';

describe('typed data', () => {
  it.each([
    [{ json: '{"a":[1]}' }, { a: [1] }],
    [{ json: 'false' }, false],
    [{ string: '5' }, '5'],
    [{ string: '' }, ''],
    [{ int: 0 }, 0],
    [{ double: 1.5 }, 1.5],
    [{}, undefined],
    [null, undefined],
    [undefined, undefined],
  ])('gives the value of %p', (data, expected) => {
    expect(plainValue(data)).toEqual(expected);
  });

  it('says null where JSON has no undefined', () => {
    expect(jsonData(undefined)).toEqual({ json: 'null' });
    expect(jsonText(undefined)).toBe('null');
    expect(jsonText(() => 1)).toBe('null');
  });

  it('hands an object over without copying it', () => {
    const value = { a: 1 };
    expect(objectData(value).int).toBe(value);
  });

  it('reads absent JSON as null', () => {
    expect([parseJson(null), parseJson(undefined), parseJson('""')]).toEqual([null, null, '']);
  });
});
