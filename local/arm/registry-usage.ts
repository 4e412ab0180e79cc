import type { Sku } from './registry-model.ts';

const GIB = 1024 ** 3;

/** What comes with each tier: GiB of storage and webhooks, https://learn.microsoft.com/azure/container-registry/container-registry-skus. */
const INCLUDED: Readonly<Record<Sku, { sizeGib: number; webhooks: number }>> = {
  Basic: { sizeGib: 10, webhooks: 2 },
  Standard: { sizeGib: 100, webhooks: 10 },
  Premium: { sizeGib: 500, webhooks: 500 },
};

/** What only Premium has, with the limits that the service answers; -1: none. */
const OF_PREMIUM = {
  'Geo-replications': -1,
  IPRules: 100,
  VNetRules: 100,
  PrivateEndpointConnections: 200,
  ScopeMaps: 50_000,
  Tokens: 50_000,
};

/** The answer to `listUsages` of a registry that holds so many bytes. Of all else it has none. */
export function formatUsages(sku: Sku, sizeBytes: number) {
  const { sizeGib, webhooks } = INCLUDED[sku];
  const counts = { Webhooks: webhooks, ...(sku === 'Premium' ? OF_PREMIUM : {}) };
  return {
    value: [
      { name: 'Size', limit: sizeGib * GIB, currentValue: sizeBytes, unit: 'Bytes' },
      ...Object.entries(counts).map(([name, limit]) => ({ name, limit, currentValue: 0, unit: 'Count' })),
    ],
  };
}
