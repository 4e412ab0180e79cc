import type { z } from 'zod';
import { parseJson } from '../json.ts';
import { ArmError, badValue } from './arm-error.ts';

/** The JSON of a request body; nothing at all is an empty object. Throws 400 `InvalidRequestContent`, also for JSON that is nested too deep. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return parseJson(bytes.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The request content was invalid and could not be deserialized: '${reason}'.`;
    throw new ArmError(400, 'InvalidRequestContent', message);
  }
}

/**
 * The value without nulls, empty strings and empty lists, at any depth: templates send them for what they leave out.
 * Empty objects stay; they mean something (user-assigned identities).
 */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty).filter((item) => !isEmpty(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutEmpty(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}

/**
 * The body as the schema gives it, what is empty counting as absent. Throws 400 with the first fault: its path, what was
 * found there, and the schema's message as what is allowed.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const value = withoutEmpty(body);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  throw badValue(path.join('.') || 'body', valueAt(value, path), issue?.message ?? 'another value');
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}
