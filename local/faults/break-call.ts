import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Emulator } from '../calls/service.ts';
import { answerStatus } from './answers.ts';
import { corruptBody, swallowAnswer, truncateBody } from './bodies.ts';
import { holdBack, pause } from './holding.ts';
import type { Decision } from './rules.ts';

/** A call to an emulator. */
export interface BrokenCall {
  service: Emulator;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Whose tokens the emulator takes. */
  tenantId: string;
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
