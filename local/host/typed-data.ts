/** The names of one blob, for a function that takes a client of its own (`sdkBinding`). */
export interface ModelBindingData {
  version: string;
  source: string;
  contentType: string;
  content: Uint8Array;
}

export interface HttpRequestData {
  method: string;
  url: string;
  nullableHeaders: Record<string, { value: string }>;
  nullableParams: Record<string, { value: string }>;
  body?: TypedData;
}

export interface HttpResponseData {
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: HttpCookieData[];
  body?: TypedData | null;
}

export interface HttpCookieData {
  name?: string;
  value?: string;
  domain?: { value?: string };
  path?: { value?: string };
  expires?: { value?: { seconds?: number } };
  secure?: { value?: boolean };
  httpOnly?: { value?: boolean };
  sameSite?: string;
  maxAge?: { value?: number };
}

/** The runtime's union of value kinds between host and library; one field is set. */
export interface TypedData {
  string?: string | null;
  json?: string | null;
  bytes?: Uint8Array | null;
  int?: unknown;
  double?: number | null;
  http?: HttpRequestData | HttpResponseData | null;
  modelBindingData?: ModelBindingData | null;
}

/** A value as JSON data; `undefined` becomes `null`. */
export function jsonData(value: unknown): TypedData {
  return { json: JSON.stringify(value === undefined ? null : value) };
}

/**
 * An object handed over as it is. The library's converter returns `int` untouched, which spares writing and parsing
 * the whole history for every episode of an orchestration.
 */
export function objectData(value: object): TypedData {
  return { int: value };
}

/** The plain value of what a function returned; a `string` stays text and is not parsed. */
export function plainValue(data: TypedData | null | undefined): unknown {
  if (data === null || data === undefined) return undefined;
  if (data.json !== null && data.json !== undefined) return JSON.parse(data.json);
  return data.string ?? data.int ?? data.double ?? data.bytes ?? undefined;
}

/** The JSON text under which a value is kept in a history; never absent, because the replay parses it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** JSON text parsed; `null` for an absent one. */
export function parseJson(text: string | null | undefined): unknown {
  return text === null || text === undefined ? null : JSON.parse(text);
}
