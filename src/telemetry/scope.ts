import { type Meter, type MeterProvider, metrics, type Tracer, trace } from '@opentelemetry/api';

/** The instrumentation scope of all that this app tells. */
const SCOPE = 'acr-transfer';

export function tracer(): Tracer {
  return trace.getTracer(SCOPE);
}

/**
 * Something made of the meter, once for each provider: one that is registered later gets its own, and with none it is
 * made of a meter that does nothing.
 */
export function perMeter<T>(make: (meter: Meter) => T): () => T {
  const made = new WeakMap<MeterProvider, T>();
  return () => {
    const provider = metrics.getMeterProvider();
    const known = made.get(provider);
    if (known !== undefined) return known;
    const fresh = make(provider.getMeter(SCOPE));
    made.set(provider, fresh);
    return fresh;
  };
}
