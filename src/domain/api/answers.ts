import { z } from 'zod';
import { SIDES } from '../errors.ts';
import { failureSchema } from '../failure-schema.ts';
import { importDocumentSchema } from '../import/import-document.ts';
import { TRANSFER_STATES } from '../outcome.ts';
import { faultSchema } from '../problem.ts';
import { retentionSchema, retryPolicySchema, SERVED } from '../route/route.ts';
import { sasSchema } from '../route/sas-settings.ts';
import { transferOptionsSchema } from '../transfer/request.ts';
import { transferSummarySchema } from '../transfer/transfer-summary.ts';

/** What one side of a route is like now; `error` where one of the services could not be asked. */
const sideStateSchema = z.object({
  options: z.array(z.string()),
  storageAccess: z.enum(['ManagedIdentity', 'SasToken']).nullable(),
  /** Of the import pipeline's source trigger; `null` on the source side. */
  triggerStatus: z.string().nullable(),
  /** When the SAS token expires, by its secret's attributes. */
  tokenExpiresAt: z.string().nullable(),
  error: failureSchema.nullable(),
});
export type SideState = z.infer<typeof sideStateSchema>;

const servedSideSchema = sideStateSchema.extend({
  cloud: z.string(),
  tenantId: z.string(),
  registry: z.string(),
  pipeline: z.string(),
  container: z.string(),
  sas: sasSchema,
});
/** A side that another app serves: its container, where this app reaches it. */
const reachedSideSchema = z.strictObject({ cloud: z.string(), tenantId: z.string(), container: z.string() });
const sideSchema = z.union([reachedSideSchema, servedSideSchema]).nullable();

/** The newest transfer of a route, in short. */
export const lastTransferSchema = z.object({
  id: z.string(),
  state: z.enum(TRANSFER_STATES),
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type LastTransfer = z.infer<typeof lastTransferSchema>;

const onPushDocumentSchema = z.object({
  artifacts: z.array(z.string()),
  gatherSeconds: z.number(),
  options: transferOptionsSchema,
});

const usableRouteSchema = z.object({
  name: z.string(),
  usable: z.literal(true),
  serves: z.enum(SERVED),
  engine: z.string(),
  continueOnErrors: z.boolean(),
  maxParallelBatches: z.number(),
  maxRunsPerRegistry: z.number(),
  maxSplitRuns: z.number(),
  run: z.object({ timeoutMinutes: z.number() }),
  copy: z.object({ mode: z.string() }),
  import: z.object({ auto: z.string(), by: z.string(), waitMinutes: z.number() }),
  receipts: z.string(),
  retry: retryPolicySchema,
  retention: retentionSchema,
  source: sideSchema,
  target: sideSchema,
  /** `nextAt`: when it is due next; null when that is never. */
  schedules: z.array(
    z.object({
      name: z.string(),
      cron: z.string(),
      artifacts: z.array(z.string()),
      options: transferOptionsSchema,
      overlap: z.string(),
      nextAt: z.string().nullable(),
    }),
  ),
  onPush: onPushDocumentSchema.nullable(),
  /** The URL without path and query, which may be secret. */
  webhook: z.object({ url: z.string(), events: z.array(z.string()) }).nullable(),
  lastTransfer: lastTransferSchema.nullable(),
});
const faultyRouteSchema = z.object({
  name: z.string(),
  usable: z.literal(false),
  faults: z.array(faultSchema.extend({ file: z.string() })),
});

/** A route as configured and as it is now, or why it cannot be used. No secret is in it. */
export const routeDocumentSchema = z.discriminatedUnion('usable', [usableRouteSchema, faultyRouteSchema]);
export type RouteDocument = z.infer<typeof routeDocumentSchema>;
export const routeListSchema = z.object({ value: z.array(routeDocumentSchema) });

/** What came of asking for rotations; `id` is the Durable instance's. */
export const rotationsSchema = z.object({
  rotations: z.array(
    z.object({
      side: z.enum(SIDES),
      id: z.string().nullable(),
      state: z.enum(['Started', 'Running', 'NotNeeded']),
    }),
  ),
});

/** Answer of `GET /health`; names nothing, since anybody may ask. */
export const healthSchema = z.object({
  state: z.enum(['ok', 'degraded']),
  routes: z.object({ usable: z.number(), unusable: z.number() }),
});

/** A page of imports, newest first, or of blobs that are left alone. */
export const importListSchema = z.object({
  value: z.array(importDocumentSchema),
  continuation: z.string().optional(),
});

/** A page of transfers, newest first, without artifacts, batches and selectors; `continuation` is there when there may be more. */
export const transferListSchema = z.object({
  value: z.array(transferSummarySchema),
  continuation: z.string().optional(),
});
