import { MAX_JSON_DEPTH, parseJson } from '../../../local/json.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it('takes what is nested as deep as allowed, and refuses one level more', () => {
    expect(parseJson(nested(3), 3)).toEqual([[[]]]);
    expect(() => parseJson(nested(4), 3)).toThrow('nested deeper than the 3 levels allowed');
    expect(() => parseJson(`{"a":{"b":${nested(2)}}}`, 3)).toThrow('nested deeper');
    expect(() => parseJson('['.repeat(40_000))).toThrow(`the ${MAX_JSON_DEPTH} levels`);
  });

  it('counts no brackets in texts, and none that are closed again', () => {
    const text = `[[1],{"a\\\\":"[[[{{\\"[["},[2],[3],"]]]"]`;
    expect(parseJson(text, 2)).toEqual(JSON.parse(text));
  });

  it('leaves to the parser what is no JSON', () => {
    for (const text of ['', '"[[[[', ']]]]', '{"a":"\\']) expect(() => parseJson(text, 2)).toThrow(/JSON/);
  });
});
