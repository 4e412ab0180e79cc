import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from './rules.ts';

/** An answer, or a connection. */
export interface Closable {
  readonly closed: boolean;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** Until the client has gone, or the rule has ended. */
export async function holdBack(
  { remainingMs, ended }: Pick<Decision, 'remainingMs' | 'ended'>,
  client: Closable,
): Promise<void> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  client.once('close', stop);
  ended.addEventListener('abort', stop, { once: true });
  if (ended.aborted || client.closed) stop();
  await untilAborted(remainingMs, waiting.signal);
  ended.removeEventListener('abort', stop);
}

/** For so long, or until the client has gone. */
export async function pause(delayMs: number, client: Closable): Promise<void> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  client.once('close', stop);
  await untilAborted(delayMs, waiting.signal);
  client.off('close', stop);
}

/** Waits for so long (or for ever), or until the signal. */
export async function untilAborted(delayMs: number, signal: AbortSignal): Promise<void> {
  if (Number.isFinite(delayMs)) {
    await sleep(Math.max(0, delayMs), undefined, { signal, ref: false }).catch(() => undefined);
    return;
  }
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
