import { z } from 'zod';

/**
 * A list of `item`, checked until the first fault. zod's own array notes a fault for every item: of a hostile document
 * of a few MiB that is millions of them, and gigabytes of memory.
 */
export function listOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.custom<unknown[]>(Array.isArray, { error: 'expected a list' }).transform((values, context) => {
    const list: T[] = [];
    for (const [index, value] of values.entries()) {
      const result = item.safeParse(value);
      if (!result.success) return refuse(context, index, result.error);
      list.push(result.data);
    }
    return list;
  });
}

/** An object of texts, such as annotations, checked until the first fault, as {@link listOf}. */
export const textMap: z.ZodType<Record<string, string>> = z
  .custom<Record<string, unknown>>(isPlainObject, { error: 'expected an object' })
  .transform((values, context) => {
    const texts: [string, string][] = [];
    for (const [key, value] of Object.entries(values)) {
      const result = z.string().safeParse(value);
      if (!result.success) return refuse(context, key, result.error);
      texts.push([key, result.data]);
    }
    return Object.fromEntries(texts);
  });

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(context: z.RefinementCtx, key: PropertyKey, error: z.ZodError): never {
  const issue = error.issues[0];
  context.addIssue({ code: 'custom', message: issue?.message ?? 'invalid', path: [key, ...(issue?.path ?? [])] });
  return z.NEVER;
}
