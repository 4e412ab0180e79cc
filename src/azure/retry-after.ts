const MILLISECOND_HEADERS = ['retry-after-ms', 'x-ms-retry-after-ms'];

/**
 * Milliseconds that an answer asks to wait (`retry-after-ms`, `x-ms-retry-after-ms`, or `Retry-After` as seconds or
 * as an HTTP date), or `undefined` when it asks nothing readable. A date in the past gives 0.
 */
export function readRetryAfterMs(header: (name: string) => string | undefined): number | undefined {
  for (const name of MILLISECOND_HEADERS) {
    const waitMs = readCount(header(name));
    if (waitMs !== undefined) return waitMs;
  }
  const text = header('retry-after');
  const seconds = readCount(text);
  if (seconds !== undefined) return seconds * 1000;
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
