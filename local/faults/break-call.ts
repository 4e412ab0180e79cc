import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../calls/service.ts';
import { answerStatus } from './answers.ts';
import { corruptBody, swallowAnswer, truncateBody } from './bodies.ts';
import type { Decision } from './rules.ts';

/** A call to an emulator. */
export interface BrokenCall {
  service: Emulator;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** Does to a call what was decided; `next` serves it, where the fault lets that happen. */
export async function breakCall(decision: Decision, call: BrokenCall, next: () => Promise<void> | void): Promise<void> {
  const { fault, random } = decision;
  const { request, response } = call;
  if (fault.kind === 'status') {
    answerStatus(fault, call);
    return;
  }
  if (fault.kind === 'hang') await holdBack(decision, response);
  if (fault.kind === 'hang' || (fault.kind === 'cut' && fault.when === 'before')) {
    request.socket.destroy();
    return;
  }
  if (fault.kind === 'delay') await pause(fault.delayMs, response);
  const hasBody = request.method !== 'HEAD';
  if (fault.kind === 'cut') swallowAnswer(request, response);
  if (fault.kind === 'truncate' && hasBody) truncateBody(request, response, fault.afterBytes);
  if (fault.kind === 'corrupt' && hasBody) corruptBody(response, random);
  if (!response.closed) await next();
}

/** Until the client has gone, or the rule has ended. */
async function holdBack({ remainingMs, ended }: Decision, response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  response.once('close', stop);
  ended.addEventListener('abort', stop, { once: true });
  if (ended.aborted || response.closed) stop();
  await untilAborted(remainingMs, waiting.signal);
  ended.removeEventListener('abort', stop);
}

async function pause(delayMs: number, response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  response.once('close', stop);
  await untilAborted(delayMs, waiting.signal);
  response.off('close', stop);
}

/** Waits for so long (or for ever), or until the signal. */
async function untilAborted(delayMs: number, signal: AbortSignal): Promise<void> {
  if (Number.isFinite(delayMs)) {
    await sleep(Math.max(0, delayMs), undefined, { signal, ref: false }).catch(() => undefined);
    return;
  }
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
