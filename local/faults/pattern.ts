import { z } from 'zod';

const EXPRESSION = 'regex:';

/**
 * A text that matches texts, whole and without case: `*` stands for any characters, a slash too; or `regex:` and a
 * regular expression, which matches anywhere.
 */
export const patternSchema = z.string().min(1).refine(isPattern, 'a text with * for any characters, or regex:…');

/** The regular expression of a pattern. @throws SyntaxError where `regex:` is followed by none */
export function toPattern(text: string): RegExp {
  if (text.startsWith(EXPRESSION)) return new RegExp(text.slice(EXPRESSION.length), 'i');
  const parts = text.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}

function isPattern(text: string): boolean {
  try {
    toPattern(text);
    return true;
  } catch {
    return false;
  }
}
