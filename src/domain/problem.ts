import { z } from 'zod';
import { redact } from './errors.ts';

/** One thing that is wrong with an input: where, what was found, what is allowed. */
export const faultSchema = z.object({ path: z.string(), found: z.string(), allowed: z.string() });
export type Fault = z.infer<typeof faultSchema>;

/** RFC 9457 problem document. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  instance: z.string(),
  correlationId: z.string(),
  faults: z.array(faultSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

const MAX_FOUND_LENGTH = 120;

/** zod's issues as faults, all of them; values that were found are redacted and cut to a readable length. */
export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, input));
}

function faultsOfIssue(issue: z.core.$ZodIssue, input: unknown): Fault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const allowed = 'no such key';
    return issue.keys.map((key) => ({ path: formatPath([...path, key]), found: key, allowed }));
  }
  const found = describe(valueAt(input, path), path.includes('webhook'));
  return [{ path: formatPath(path), found, allowed: issue.message.replace(/^allowed: /, '') }];
}

function formatPath(path: readonly string[]): string {
  return path.reduce((text, part) => (/^\d+$/.test(part) ? `${text}[${part}]` : text ? `${text}.${part}` : part), '');
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    input,
  );
}

/** `hidesPaths`: who knows the path of such a URL may post to it. */
function describe(value: unknown, hidesPaths: boolean): string {
  if (value === undefined) return 'nothing';
  const plain = redact(typeof value === 'string' ? value : JSON.stringify(value));
  const text = hidesPaths ? plain.replace(/(:\/\/[^/?#\s"]*)[/?#][^\s"]*/g, '$1/…') : plain;
  return text.length > MAX_FOUND_LENGTH ? `${text.slice(0, MAX_FOUND_LENGTH)}…` : text;
}
