/** Objects and lists within one another that a body may have: as many as .NET's JSON reader takes by default. */
export const MAX_JSON_DEPTH = 64;

/**
 * The value of a JSON text from a client. Nested deeper than `maxDepth` it is refused before it is parsed: whatever walks
 * through it, or writes it down again, may then recurse. @throws SyntaxError; the parser's own quotes the text
 */
export function parseJson(text: string, maxDepth = MAX_JSON_DEPTH): unknown {
  if (isDeeper(text, maxDepth)) throw new SyntaxError(`nested deeper than the ${maxDepth} levels allowed`);
  return JSON.parse(text);
}

function isDeeper(text: string, maxDepth: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') isInText = !isInText;
    else if (isInText && char === '\\') at += 1;
    else if (isInText) continue;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
