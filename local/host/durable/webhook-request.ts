import { ClientError } from './start-instance.ts';

/** A call of the webhooks. `path` is what follows their base, decoded; `body` is text. */
export interface WebhookRequest {
  method: string;
  path: readonly string[];
  query: URLSearchParams;
  contentType: string;
  continuationToken: string | undefined;
  url: string;
  body: string;
}

/** An answer; `body` is sent as JSON, nothing when absent. */
export interface WebhookAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

const DEFAULT_PAGE_SIZE = 100;

/** A query parameter that is `true` or `false`, in any case. */
export function flag(query: URLSearchParams, name: string, byDefault: boolean): boolean {
  return query.has(name) ? query.get(name)?.toLowerCase() === 'true' : byDefault;
}

/** Throws {@link ClientError} for a text that is neither empty nor JSON. */
export function checkJson(text: string): void {
  if (text === '') return;
  try {
    JSON.parse(text);
  } catch {
    throw new ClientError('the body is not valid JSON');
  }
}

/** A time in the query as ISO text under the name `field`; nothing when absent. Throws {@link ClientError}. */
export function timeOf<F extends string>(
  query: URLSearchParams,
  parameter: string,
  field: F,
): Partial<Record<F, string>> {
  const text = query.get(parameter);
  if (text === null || text === '') return {};
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new ClientError(`${parameter} is '${text}'; allowed: a time in ISO form`);
  return { [field]: time.toISOString() } as Partial<Record<F, string>>;
}

/** The page that a call asks for, and how to write the token of the next. Throws {@link ClientError} for a wrong `top`. */
export function pageOf({ query, continuationToken }: WebhookRequest): {
  top: number;
  afterId: string | undefined;
  tokenOf(lastId: string): string;
} {
  const top = Number(query.get('top') ?? DEFAULT_PAGE_SIZE);
  if (!Number.isInteger(top) || top < 1) throw new ClientError(`top is '${query.get('top')}'; allowed: 1 and above`);
  const afterId = continuationToken ? Buffer.from(continuationToken, 'base64').toString() : undefined;
  return { top, afterId, tokenOf: (lastId) => Buffer.from(lastId).toString('base64') };
}
