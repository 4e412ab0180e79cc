import { type RegisteredFunction, triggerOf } from '../app-model.ts';
import type { InvocationRequest } from '../invocation-request.ts';
import type { HttpRequestData, TypedData } from '../typed-data.ts';

/** What the `{expressions}` of an invocation's bindings may name. */
export type BindingData = Record<string, unknown>;

/**
 * What one invocation offers to the bindings beside its trigger: the trigger's metadata, the fields of its payload when that
 * is a JSON object (`data` is the whole of it), and for HTTP the route's parameters, `query` and `headers`.
 */
export function bindingDataOf(fn: RegisteredFunction, request: InvocationRequest): BindingData {
  const trigger = triggerOf(fn.metadata);
  const datum = request.inputData.find(({ name }) => name === trigger?.name)?.data;
  const metadata = Object.entries(request.triggerMetadata ?? {}).map(([name, data]) => [name, parsed(data)]);
  const http = datum?.http;
  const payload = http && 'url' in http ? httpData(http) : payloadData(datum);
  return { ...payload, ...Object.fromEntries(metadata) };
}

function payloadData(datum: TypedData | undefined): BindingData {
  const data = parsed(datum);
  return { ...fieldsOf(data), data };
}

function httpData({ url, nullableHeaders, nullableParams, body }: HttpRequestData): BindingData {
  const values = (texts: Record<string, { value: string }>) =>
    Object.fromEntries(Object.entries(texts).map(([name, { value }]) => [name, value]));
  const query = Object.fromEntries(new URL(url).searchParams);
  const text = body?.bytes ? Buffer.from(body.bytes).toString() : undefined;
  return { ...fieldsOf(parseText(text)), ...query, ...values(nullableParams), query, headers: values(nullableHeaders) };
}

function parsed(data: TypedData | undefined): unknown {
  return parseText(data?.json ?? data?.string ?? undefined);
}

function parseText(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fieldsOf(value: unknown): BindingData {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as BindingData) : {};
}
