import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { readRetryAfterMs } from './retry-after.ts';

/** What a failed answer of any Azure service says, in one shape. */
export interface ForeignAnswer {
  status: number;
  /** The service's own code, the innermost that it gives; empty when it gives none. */
  code: string;
  /** First line of the service's message; empty when it gives none. */
  message: string;
  correlationId?: string | undefined;
  retryAfterMs?: number | undefined;
  /** Status that storage got from the source of a copy. */
  copySourceStatus?: number | undefined;
}

/** An HTTP answer thrown as an error, for calls that are not made by an SDK's methods. */
export class ForeignAnswerError extends Error {
  override readonly name = 'ForeignAnswerError';
  readonly answer: ForeignAnswer;

  constructor(response: Pick<PipelineResponse, 'status' | 'bodyAsText'> & { headers: HeaderLookup }) {
    const { code, message } = readErrorBody(response.bodyAsText ?? '');
    super(`answered ${response.status}`);
    this.answer = readAnswer(response.status, response.headers, code, message);
  }
}

/** Headers by lower-case name. */
export interface HeaderLookup {
  get(name: string): string | undefined;
}

/** Puts what a status, its headers and what was found in its body say together. */
export function readAnswer(
  status: number,
  headers: HeaderLookup | undefined,
  code: string,
  message: string,
): ForeignAnswer {
  const header = (name: string) => headers?.get(name) || undefined;
  const copySourceStatus = Number(header('x-ms-copy-source-status-code'));
  return {
    status,
    code: code || header('x-ms-error-code') || '',
    message: message.split(/\r?\n/)[0]?.trim() ?? '',
    correlationId: header('x-ms-correlation-request-id') ?? header('x-ms-request-id'),
    retryAfterMs: readRetryAfterMs(header),
    copySourceStatus: copySourceStatus >= 100 ? copySourceStatus : undefined,
  };
}

const armBody = z.object({ error: z.object({ code: z.string().catch(''), message: z.string().catch('') }) });
const registryBody = z.object({
  errors: z.tuple([z.object({ code: z.string().catch(''), message: z.string().catch('') })], z.unknown()),
});
const oauthBody = z.object({ error: z.string(), error_description: z.string().catch('') });

/** Code and message of an error body as ARM, a registry or an OAuth endpoint writes it; empty texts for any other. */
export function readErrorBody(text: string): { code: string; message: string } {
  const body = parseJson(text);
  const arm = armBody.safeParse(body);
  if (arm.success) return arm.data.error;
  const registry = registryBody.safeParse(body);
  if (registry.success) return registry.data.errors[0];
  const oauth = oauthBody.safeParse(body);
  return oauth.success ? { code: oauth.data.error, message: oauth.data.error_description } : { code: '', message: '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
