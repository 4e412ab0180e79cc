import { randomUUID } from 'node:crypto';
import type { BindingData } from './binding-data.ts';

/** Expressions that the runtime itself gives a value to. */
const BUILT_IN = new Map<string, () => string>([
  ['rand-guid', randomUUID],
  ['sys.randguid', randomUUID],
  ['datetime', () => `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z`],
  ['sys.utcnow', () => new Date().toISOString()],
]);

/**
 * A binding's text with each `{expression}` replaced: by a field of the data, `{a.b}` by a field within a field, names in any
 * case; `{rand-guid}` and `{DateTime}` by the runtime. Throws an Error that names the expression without a value.
 */
export function resolveExpressions(text: string, data: BindingData): string {
  return text.replace(/\{([^{}]+)\}/g, (_all, expression: string) => {
    const value = BUILT_IN.get(expression.toLowerCase())?.() ?? lookUp(expression, data);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new Error(
      `'${text}': the trigger gives no value to {${expression}}; it has: ${Object.keys(data).join(', ')}`,
    );
  });
}

function lookUp(expression: string, data: unknown): unknown {
  return expression.split('.').reduce((value: unknown, part) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.entries(value).find(([name]) => name.toLowerCase() === part.toLowerCase())?.[1];
  }, data);
}
