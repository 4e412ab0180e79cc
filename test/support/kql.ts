/** One row of a table of Application Insights, as far as alerts look at it. */
export interface LogRow {
  table: 'traces' | 'requests';
  message?: string;
  name?: string;
  success?: boolean;
}

/**
 * The rows that a query of an alert counts. Knows the part of KQL that the alerts use: tables, `where`, `union`, `and`,
 * `or`, brackets, `has`, `has_any`, `startswith`, `in`, `==`. Throws a SyntaxError for anything else.
 */
export function countRows(query: string, rows: readonly LogRow[]): number {
  const tokens = query.match(/"(?:[^"\\]|\\.)*"|==|\w+|[|(),]|\S/g) ?? [];
  const count = readTable(tokens, rows);
  if (tokens.length > 0) throw new SyntaxError(`left over: ${tokens.join(' ')}`);
  return count;
}

type Test = (row: LogRow) => boolean;

function readTable(tokens: string[], rows: readonly LogRow[]): number {
  const table = tokens.shift();
  if (table !== 'traces' && table !== 'requests') throw new SyntaxError(`no table: ${table}`);
  let found = rows.filter((row) => row.table === table);
  let others = 0;
  while (tokens[0] === '|') {
    tokens.shift();
    const operator = tokens.shift();
    if (operator === 'where') found = found.filter(readAny(tokens));
    else if (operator === 'union') others += bracketed(tokens, () => readTable(tokens, rows));
    else throw new SyntaxError(`no operator: ${operator}`);
  }
  return found.length + others;
}

function bracketed<T>(tokens: string[], read: () => T): T {
  expectNext(tokens, '(');
  const value = read();
  expectNext(tokens, ')');
  return value;
}

function expectNext(tokens: string[], token: string): void {
  const found = tokens.shift();
  if (found !== token) throw new SyntaxError(`expected ${token}, found ${found}`);
}

function readAny(tokens: string[]): Test {
  const tests = [readAll(tokens)];
  while (tokens[0] === 'or' && tokens.shift()) tests.push(readAll(tokens));
  return (row) => tests.some((test) => test(row));
}

function readAll(tokens: string[]): Test {
  const tests = [readOne(tokens)];
  while (tokens[0] === 'and' && tokens.shift()) tests.push(readOne(tokens));
  return (row) => tests.every((test) => test(row));
}

function readOne(tokens: string[]): Test {
  if (tokens[0] === '(') return bracketed(tokens, () => readAny(tokens));
  const column = tokens.shift();
  if (column !== 'message' && column !== 'name' && column !== 'success') throw new SyntaxError(`no column: ${column}`);
  const operator = tokens.shift() ?? '';
  const values = ['has_any', 'in'].includes(operator) ? bracketed(tokens, () => readList(tokens)) : [readText(tokens)];
  const compare = OPERATORS[operator];
  if (!compare) throw new SyntaxError(`no comparison: ${operator}`);
  return (row) => values.some((value) => compare(String(row[column] ?? ''), value));
}

function readList(tokens: string[]): string[] {
  const values = [readText(tokens)];
  while (tokens[0] === ',' && tokens.shift()) values.push(readText(tokens));
  return values;
}

function readText(tokens: string[]): string {
  const token = tokens.shift() ?? '';
  if (token === 'true' || token === 'false') return token;
  if (!token.startsWith('"')) throw new SyntaxError(`no value: ${token}`);
  return JSON.parse(token) as string;
}

const OPERATORS: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  '==': (text, value) => text === value,
  in: (text, value) => text === value,
  startswith: (text, value) => text.toLowerCase().startsWith(value.toLowerCase()),
  has: hasTerm,
  has_any: hasTerm,
};

/** `has` finds whole terms: what stands beside the value is no letter and no digit. */
function hasTerm(text: string, value: string): boolean {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [before, after] = [/^\w/.test(value) ? '(?<!\\w)' : '', /\w$/.test(value) ? '(?!\\w)' : ''];
  return new RegExp(`${before}${escaped}${after}`, 'i').test(text);
}
