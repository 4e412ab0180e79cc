/** The times that an NCRONTAB expression names. */
export interface Ncrontab {
  /** The first occurrence after `from`, or `undefined` when there is none within ten years. */
  next(from: Date): Date | undefined;
  /** The last occurrence at or before `until`, or `undefined` when there is none within ten years. */
  last(until: Date): Date | undefined;
}

interface FieldRule {
  name: string;
  min: number;
  max: number;
  /** Names of the values from `min` on; three letters count. */
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: FieldRule = { name: 'second', min: 0, max: 59 };
const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59 };
const HOUR: FieldRule = { name: 'hour', min: 0, max: 23 };
const DAY: FieldRule = { name: 'day', min: 1, max: 31 };
const MONTH: FieldRule = { name: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: FieldRule = { name: 'weekday', min: 0, max: 6, names: WEEKDAYS };

const SEARCH_YEARS = 10;

/**
 * Parses an NCRONTAB expression in UTC: six fields `second minute hour day month weekday`, or five with second 0.
 * A field is a list of `*`, `n`, `a-b`, each with an optional step `/n`; months and weekdays have names; weekday 0 is
 * Sunday, and the service takes no 7. Day and weekday must both fit. Throws an Error naming the field, what was found and what is allowed.
 */
export function parseNcrontab(expression: string): Ncrontab {
  const fields = expression.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  if (fields.length !== 6) {
    throw new Error(`'${expression}' has ${fields.length} fields; allowed: second minute hour day month weekday`);
  }
  const [second, minute, hour, day, month, weekday] = fields as [string, string, string, string, string, string];
  const parsed = {
    seconds: parseField(second, SECOND),
    minutes: parseField(minute, MINUTE),
    hours: parseField(hour, HOUR),
    days: parseField(day, DAY),
    months: parseField(month, MONTH),
    weekdays: parseField(weekday, WEEKDAY),
  };
  return { next: (from) => nextOccurrence(parsed, from), last: (until) => lastOccurrence(parsed, until) };
}

function parseField(text: string, rule: FieldRule): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', stepText, ...others] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    if (others.length > 0 || !Number.isInteger(step) || step < 1) refuse(part, rule);
    const [first, last] = parseRange(range, rule, stepText !== undefined);
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

function parseRange(text: string, rule: FieldRule, hasStep: boolean): [number, number] {
  if (text === '*') return [rule.min, rule.max];
  const [firstText = '', lastText, ...others] = text.split('-');
  const first = parseValue(firstText, rule);
  const last = lastText === undefined ? (hasStep ? rule.max : first) : parseValue(lastText, rule);
  if (others.length > 0 || first > last) refuse(text, rule);
  return [first, last];
}

function parseValue(text: string, rule: FieldRule): number {
  const named = rule.names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (named >= 0 && /^[a-z]{3,}$/i.test(text)) return rule.min + named;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < rule.min || value > rule.max) refuse(text, rule);
  return value;
}

function refuse(text: string, rule: FieldRule): never {
  const names = rule.names === undefined ? '' : ` or ${rule.names.join(', ')}`;
  throw new Error(`'${text}' is no ${rule.name}; allowed: ${rule.min} to ${rule.max}${names}, with , - * and /`);
}

interface Fields {
  seconds: ReadonlySet<number>;
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number>;
}

/** Walks to the next time at which every field fits, skipping the largest unit that does not. */
function nextOccurrence(fields: Fields, from: Date): Date | undefined {
  const time = new Date(Math.floor(from.getTime() / 1000) * 1000 + 1000);
  const end = from.getUTCFullYear() + SEARCH_YEARS;
  while (time.getUTCFullYear() <= end) {
    if (!fields.months.has(time.getUTCMonth() + 1)) {
      time.setUTCMonth(time.getUTCMonth() + 1, 1);
      time.setUTCHours(0, 0, 0);
    } else if (!fields.days.has(time.getUTCDate()) || !fields.weekdays.has(time.getUTCDay())) {
      time.setUTCDate(time.getUTCDate() + 1);
      time.setUTCHours(0, 0, 0);
    } else if (!fields.hours.has(time.getUTCHours())) time.setUTCHours(time.getUTCHours() + 1, 0, 0);
    else if (!fields.minutes.has(time.getUTCMinutes())) time.setUTCMinutes(time.getUTCMinutes() + 1, 0);
    else if (!fields.seconds.has(time.getUTCSeconds())) time.setUTCSeconds(time.getUTCSeconds() + 1);
    else return time;
  }
  return undefined;
}

/** Walks back to the last time at which every field fits, to the end of the unit before the largest that does not. */
function lastOccurrence(fields: Fields, until: Date): Date | undefined {
  const time = new Date(Math.floor(until.getTime() / 1000) * 1000);
  const end = until.getUTCFullYear() - SEARCH_YEARS;
  while (time.getUTCFullYear() >= end) {
    if (!fields.months.has(time.getUTCMonth() + 1)) {
      time.setUTCDate(0);
      time.setUTCHours(23, 59, 59);
    } else if (!fields.days.has(time.getUTCDate()) || !fields.weekdays.has(time.getUTCDay())) {
      time.setUTCDate(time.getUTCDate() - 1);
      time.setUTCHours(23, 59, 59);
    } else if (!fields.hours.has(time.getUTCHours())) time.setUTCHours(time.getUTCHours() - 1, 59, 59);
    else if (!fields.minutes.has(time.getUTCMinutes())) time.setUTCMinutes(time.getUTCMinutes() - 1, 59);
    else if (!fields.seconds.has(time.getUTCSeconds())) time.setUTCSeconds(time.getUTCSeconds() - 1);
    else return time;
  }
  return undefined;
}
