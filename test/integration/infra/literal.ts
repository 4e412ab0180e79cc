/**
 * The value of a template expression that is all literals: `createObject(…)` and `createArray(…)` of texts, numbers,
 * `true()` and `false()`. Throws a SyntaxError for anything else.
 */
export function readLiteral(expression: string): unknown {
  const tokens = expression.match(/'(?:[^']|'')*'|[A-Za-z]+\(|-?\d+|[(),]|\S/g) ?? [];
  const value = readValue(tokens);
  if (tokens.length > 0) throw new SyntaxError(`left over: ${tokens.join(' ')}`);
  return value;
}

function readValue(tokens: string[]): unknown {
  const token = tokens.shift() ?? '';
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (/^-?\d+$/.test(token)) return Number(token);
  if (!token.endsWith('(')) throw new SyntaxError(`no literal: ${token} ${tokens.slice(0, 5).join(' ')}`);
  return call(token.slice(0, -1), readArguments(tokens));
}

function readArguments(tokens: string[]): unknown[] {
  const values: unknown[] = [];
  while (tokens[0] !== ')') {
    values.push(readValue(tokens));
    if (tokens[0] === ',') tokens.shift();
    else if (tokens[0] !== ')') throw new SyntaxError(`expected , or ), found ${tokens[0]}`);
  }
  tokens.shift();
  return values;
}

function call(name: string, values: unknown[]): unknown {
  if (name === 'createArray') return values;
  if (name === 'true' || name === 'false') return name === 'true';
  if (name !== 'createObject') throw new SyntaxError(`no literal: ${name}(…)`);
  return Object.fromEntries(
    Array.from({ length: values.length / 2 }, (_, index) => [String(values[2 * index]), values[2 * index + 1]]),
  );
}
