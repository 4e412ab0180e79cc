/** What `callHttp` sends, as the package writes it. */
export interface HttpCall {
  method: string;
  uri: string;
  content?: string | null;
  headers?: Record<string, string> | null;
  /** Whose token goes along: the app's managed identity, for this resource. */
  tokenSource?: { resource: string } | null;
  asynchronousPatternEnabled?: boolean;
}

/** What the orchestrator gets. */
export interface HttpCallResult {
  statusCode: number;
  headers: Record<string, string>;
  content: string;
}

/** A call of the asynchronous pattern may be a poll, which waits for the timer of this number to fire. */
export interface HttpStep {
  call: HttpCall;
  afterTimer?: number;
}

/** The name under which histories keep HTTP calls; the one of the real host. */
export const HTTP_ACTIVITY = 'BuiltIn::HttpActivity';

/**
 * The poll that follows an answer of 202 with `Location`: a GET there with the headers of the first call, but for a
 * function's key, which is not the key of another address.
 */
export function pollOf(call: HttpCall, answer: HttpCallResult): HttpCall {
  const location = Object.entries(answer.headers).find(([name]) => name.toLowerCase() === 'location')?.[1] ?? '';
  const headers = Object.entries(call.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'x-functions-key');
  const { tokenSource } = call;
  return {
    method: 'GET',
    uri: new URL(location, call.uri).href,
    headers: Object.fromEntries(headers),
    ...(tokenSource ? { tokenSource } : {}),
    asynchronousPatternEnabled: true,
  };
}
