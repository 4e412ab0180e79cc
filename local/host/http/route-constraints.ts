/** Tells whether a decoded path segment satisfies a constraint. */
export type Constraint = (text: string) => boolean;

const PLAIN: Readonly<Record<string, Constraint>> = {
  alpha: (text) => /^[a-z]*$/i.test(text),
  bool: (text) => /^(true|false)$/i.test(text),
  datetime: (text) => !Number.isNaN(Date.parse(text)),
  decimal: isNumber,
  double: isNumber,
  float: isNumber,
  guid: (text) => /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(text),
  int: (text) => isInteger(text, 31n),
  long: (text) => isInteger(text, 63n),
  required: (text) => text !== '',
};

/** Constraints that take whole numbers, with how many. */
const NUMERIC: Readonly<Record<string, { counts: readonly number[]; make(...bounds: number[]): Constraint }>> = {
  length: {
    counts: [1, 2],
    make:
      (least = 0, most = least) =>
      (text) =>
        text.length >= least && text.length <= most,
  },
  max: {
    counts: [1],
    make:
      (most = 0) =>
      (text) =>
        isInteger(text, 63n) && Number(text) <= most,
  },
  maxlength: {
    counts: [1],
    make:
      (most = 0) =>
      (text) =>
        text.length <= most,
  },
  min: {
    counts: [1],
    make:
      (least = 0) =>
      (text) =>
        isInteger(text, 63n) && Number(text) >= least,
  },
  minlength: {
    counts: [1],
    make:
      (least = 0) =>
      (text) =>
        text.length >= least,
  },
  range: {
    counts: [2],
    make:
      (least = 0, most = 0) =>
      (text) =>
        isInteger(text, 63n) && Number(text) >= least && Number(text) <= most,
  },
};

/** The constraint that a text such as `int`, `length(2,5)` or `regex(^a+$)` names. Throws an Error naming what is allowed. */
export function parseConstraint(text: string): Constraint {
  const match = /^([a-z]+)(?:\((.*)\))?$/i.exec(text);
  const name = match?.[1]?.toLowerCase() ?? '';
  const argument = match?.[2];
  if (argument === undefined && Object.hasOwn(PLAIN, name)) return PLAIN[name] ?? refuse(text);
  if (argument === undefined) return refuse(text);
  if (name === 'regex') return regexConstraint(argument);
  const numeric = Object.hasOwn(NUMERIC, name) ? NUMERIC[name] : undefined;
  const bounds = argument.split(',').map(Number);
  if (numeric === undefined || !numeric.counts.includes(bounds.length) || !bounds.every(Number.isInteger)) {
    return refuse(text);
  }
  return numeric.make(...bounds);
}

function regexConstraint(source: string): Constraint {
  const pattern = new RegExp(source, 'i');
  return (text) => pattern.test(text);
}

function refuse(text: string): never {
  const allowed = [...Object.keys(PLAIN), ...Object.keys(NUMERIC).map((name) => `${name}(…)`), 'regex(…)'].sort();
  throw new Error(`the route constraint '${text}' is unknown; allowed: ${allowed.join(', ')}`);
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}

function isInteger(text: string, bits: bigint): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= -(1n << bits) && value < 1n << bits;
}
