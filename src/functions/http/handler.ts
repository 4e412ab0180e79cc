import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { TransferError, toFailure } from '../../domain/errors.ts';
import type { Access, Gate, Role } from './access.ts';
import { problem, problemOfFailure } from './problem.ts';

/** What a handler of the API gets beside the request. */
export interface Call {
  request: HttpRequest;
  client: DurableClient;
  correlationId: string;
  /** `key`, or the object id of a bearer token. */
  caller: string;
}

const CORRELATION_ID = /^[\w.:-]{8,128}$/;

/**
 * Wraps a handler: lets in who may call it, gives it a correlation id (the caller's `x-correlation-id`, else the invocation's), answers with
 * it, and turns what is thrown into a problem document.
 */
export function handle(gate: Gate, needs: Role, run: (call: Call) => Promise<HttpResponseInit>) {
  return async (request: HttpRequest, client: DurableClient, context: InvocationContext): Promise<HttpResponseInit> => {
    const given = request.headers.get('x-correlation-id') ?? '';
    const correlationId = CORRELATION_ID.test(given) ? given : context.invocationId;
    const answer = async () => {
      const access = await gate(request, needs);
      return 'refused' in access
        ? refuse(request, correlationId, access)
        : run({ request, client, correlationId, caller: access.caller });
    };
    const response = await answer().catch((error: unknown) => {
      const failure = toFailure(error);
      context.error(JSON.stringify({ event: 'requestFailed', correlationId, ...failure }));
      if (error instanceof TransferError) return problemOfFailure(request, correlationId, failure);
      return problem(request, correlationId, { status: 500, code: failure.code, detail: failure.message });
    });
    return { ...response, headers: { 'x-correlation-id': correlationId, ...response.headers } };
  };
}

function refuse(
  request: HttpRequest,
  correlationId: string,
  { refused, challenge }: Extract<Access, { refused: unknown }>,
): HttpResponseInit {
  const answer = problem(request, correlationId, refused);
  return challenge === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } };
}
