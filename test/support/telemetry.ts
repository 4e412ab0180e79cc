import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  type Link,
  type Meter,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** A span as it was told, when it has ended. Times in milliseconds since 1970. */
export interface ToldSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Attributes;
  links: Link[];
  events: { name: string; attributes: Attributes; atMs: number }[];
  status: SpanStatus | undefined;
  startMs: number;
  endMs: number;
}

/** One number that was told by a counter or a histogram. */
export interface Measured {
  name: string;
  value: number;
  attributes: Attributes;
}

/** All that is told through the interface of OpenTelemetry while it is registered. */
export class Telemetry {
  readonly spans: ToldSpan[] = [];
  readonly measured: Measured[] = [];
  readonly #gauges = new Map<string, ((result: { observe: Observe }) => void)[]>();
  #ids = 0;

  /** Registers itself for all of this process, until `stop`. */
  start(): this {
    trace.setGlobalTracerProvider({ getTracer: () => this.#tracer() });
    metrics.setGlobalMeterProvider({ getMeter: () => this.#meter() });
    context.setGlobalContextManager(new LocalContexts());
    return this;
  }

  stop(): void {
    for (const api of [trace, metrics, context]) api.disable();
  }

  /** What the gauges say now. */
  observe(): Measured[] {
    const seen: Measured[] = [];
    for (const [name, callbacks] of this.#gauges) {
      const observe: Observe = (value, attributes = {}) => void seen.push({ name, value, attributes });
      for (const callback of callbacks) callback({ observe });
    }
    return seen;
  }

  #tracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, parent: Context = context.active()) =>
      new OpenSpan(this.spans, name, options, trace.getSpanContext(parent), this.#nextId());
    return {
      startSpan,
      startActiveSpan(name: string, ...rest: unknown[]) {
        const run = rest.at(-1) as (span: Span) => unknown;
        const [options, parent = context.active()] = rest.slice(0, -1) as [SpanOptions?, Context?];
        const span = startSpan(name, options, parent);
        return context.with(trace.setSpan(parent, span), () => run(span));
      },
    } as Tracer;
  }

  #meter(): Meter {
    const measure =
      (name: string) =>
      (value: number, attributes: Attributes = {}) =>
        void this.measured.push({ name, value, attributes });
    const meter = {
      createCounter: (name: string) => ({ add: measure(name) }),
      createHistogram: (name: string) => ({ record: measure(name) }),
      createObservableGauge: (name: string) => ({
        addCallback: (callback: (result: { observe: Observe }) => void) =>
          void this.#gauges.set(name, [...(this.#gauges.get(name) ?? []), callback]),
      }),
    };
    return meter as unknown as Meter;
  }

  #nextId(): string {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(16, '0');
  }
}

type Observe = (value: number, attributes?: Attributes) => void;

class OpenSpan implements Span {
  readonly #into: ToldSpan[];
  readonly #told: ToldSpan;

  constructor(into: ToldSpan[], name: string, options: SpanOptions, parent: SpanContext | undefined, spanId: string) {
    this.#into = into;
    this.#told = {
      name,
      spanId,
      traceId: parent?.traceId ?? 'f'.repeat(32),
      parentSpanId: parent?.spanId,
      attributes: { ...options.attributes },
      links: [...(options.links ?? [])],
      events: [],
      status: undefined,
      startMs: msOf(options.startTime),
      endMs: Number.NaN,
    };
  }

  spanContext(): SpanContext {
    const { traceId, spanId } = this.#told;
    return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  }

  setAttribute(key: string, value: Attributes[string]): this {
    return this.setAttributes({ [key]: value });
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.#told.attributes, attributes);
    return this;
  }

  addEvent(name: string, attributes: Attributes | TimeInput = {}, at?: TimeInput): this {
    this.#told.events.push({ name, attributes: attributes as Attributes, atMs: msOf(at) });
    return this;
  }

  addLink(link: Link): this {
    this.#told.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.#told.links.push(...links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#told.status = status;
    return this;
  }

  updateName(name: string): this {
    this.#told.name = name;
    return this;
  }

  end(at?: TimeInput): void {
    this.#told.endMs = msOf(at);
    this.#into.push(this.#told);
  }

  isRecording(): boolean {
    return Number.isNaN(this.#told.endMs);
  }

  recordException(): void {}
}

class LocalContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    run: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => run.call(thisArg as ThisParameterType<F>, ...args));
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

function msOf(time: TimeInput | undefined): number {
  if (time === undefined) return Date.now();
  if (time instanceof Date) return time.getTime();
  if (typeof time === 'number') return time;
  throw new TypeError('high-resolution times are not used here');
}
