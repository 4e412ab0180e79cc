import type { LogLevel } from './log.ts';
import type { TypedData } from './typed-data.ts';

/** One binding of a function, as the app registered it: its type, direction and options. */
export interface Binding {
  type: string;
  direction?: string;
  properties?: Record<string, string>;
  [option: string]: unknown;
}

/** Seconds as the library sends them. */
export interface RpcDuration {
  seconds?: number;
}

/** A function's own retry policy, as the library sends it. `maxRetryCount` -1 is for ever. */
export interface FunctionRetryOptions {
  retryStrategy?: string;
  maxRetryCount?: number;
  delayInterval?: RpcDuration;
  minimumInterval?: RpcDuration;
  maximumInterval?: RpcDuration;
}

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, Binding>;
  retryOptions?: FunctionRetryOptions;
}

/** The app's handler; the library wraps it before it registers. */
export type FunctionCallback = (...args: unknown[]) => unknown;

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

export interface InputDatum {
  name: string;
  data: TypedData;
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { message: string; stackTrace?: string };
}

export interface TraceContext {
  traceParent?: string;
  traceState?: string;
}

/** What the library reads while it prepares one invocation. */
export interface CoreInvocationContext {
  invocationId: string;
  metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: string, message: string): void;
  request: {
    invocationId: string;
    functionId: string;
    inputData: InputDatum[];
    triggerMetadata: Record<string, TypedData>;
    retryContext?: RetryContext;
    traceContext?: TraceContext;
  };
}

export interface InvocationResponse {
  invocationId: string;
  returnValue?: TypedData | null;
  outputData?: InputDatum[];
}

/** The library's part in one invocation: arguments, call, answer. */
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

/** What the library gives the host at its first registration. */
export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): Record<string, string> | Promise<Record<string, string>>;
}

/** A function's trigger. Every registered function has exactly one: the library sees to it. */
export function triggerOf(metadata: FunctionMetadata): { name: string; binding: Binding } | undefined {
  for (const [name, binding] of Object.entries(metadata.bindings)) {
    if (/trigger$/i.test(binding.type)) return { name, binding };
  }
  return undefined;
}

/** An option of a binding as text, or `undefined` when it is absent or no text. */
export function textOption(binding: Binding, option: string): string | undefined {
  const value = binding[option];
  return typeof value === 'string' ? value : undefined;
}
