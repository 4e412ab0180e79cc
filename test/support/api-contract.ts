import { findApiCall } from '../../src/domain/api/calls.ts';

/**
 * Holds an answer of the app to the contract: a status that the call may get, and a body of that status' form. The
 * host's own refusals (no such function, no key) have no body. @throws with what differs
 */
export function checkAnswer(
  url: string,
  method: string,
  answer: { status: number; headers: Headers; body: unknown },
): void {
  const { pathname } = new URL(url);
  const call = findApiCall(method, decodeURIComponent(pathname.replace(/^\/api\//, '')));
  const isHosts = answer.body === undefined && (answer.status === 401 || answer.status === 404);
  if (!call || isHosts) return;
  const kinds = call.answers[answer.status];
  const what = `${method} ${pathname} answered ${answer.status}`;
  if (!kinds) throw new Error(`${what}: not among ${Object.keys(call.answers).join(', ')}`);
  const [mediaType = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (kinds.includes(mediaType)) return;
  const faults = kinds.flatMap((kind) => {
    if (typeof kind === 'string') return [];
    const parsed = kind.safeParse(answer.body);
    return [parsed.success ? '' : parsed.error.message];
  });
  if (!faults.includes('')) throw new Error(`${what}: ${faults.join(' | ')}: ${JSON.stringify(answer.body)}`);
}
