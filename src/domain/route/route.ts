import { z } from 'zod';
import { cloudReferenceSchema } from '../cloud.ts';
import { parseContainerUrl } from '../container-url.ts';
import { SIDES, type Side, TransferError } from '../errors.ts';
import { PIPELINE_NAME, parseRegistryId } from '../resource-id.ts';
import { credentialSchema, uuidSchema, vaultItemSchema, vaultUrlSchema } from './credential-settings.ts';
import { onPushSchema, schedulesSchema } from './route-starts.ts';
import { sasSchema } from './sas-settings.ts';
import { webhookSchema } from './webhook-settings.ts';

const pipelineName = z.string().regex(PIPELINE_NAME, 'allowed: 5 to 50 letters and digits');

const registryId = z
  .string()
  .refine(
    (text) => parseRegistryId(text) !== undefined,
    'allowed: /subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}',
  );
const containerShape = {
  cloud: cloudReferenceSchema,
  tenantId: uuidSchema,
  credential: credentialSchema,
  container: z.string(),
};
const sas = sasSchema.default({ kind: 'userDelegation', days: 6 });

function checkContainer(side: { container: string; cloud: { blobSuffix: string } }, context: z.RefinementCtx): void {
  if (parseContainerUrl(side.container, side.cloud.blobSuffix)) return;
  context.addIssue({
    code: 'custom',
    path: ['container'],
    input: side.container,
    message: `allowed: https://{account}.${side.cloud.blobSuffix}/{container}`,
  });
}

const sourceSchema = z
  .strictObject({ ...containerShape, registry: registryId, exportPipeline: pipelineName, sas })
  .superRefine(checkContainer);
/** Registry and pipeline are left out where a source-side app reaches the target's container only. */
const targetSchema = z
  .strictObject({ ...containerShape, registry: registryId.optional(), importPipeline: pipelineName.optional(), sas })
  .superRefine(checkContainer);

/** One culprit in 50 needs 12 at most; so many that each of 50 could be left alone by halves. */
export const DEFAULT_SPLIT_RUNS = 100;

export const retryPolicySchema = z.strictObject({
  /** Tries of one step of a batch, the first included. */
  attempts: z.number().int().min(1).max(99).default(3),
  firstDelaySeconds: z.number().min(0).max(3600).default(30),
  factor: z.number().min(1).max(10).default(2),
  maxDelaySeconds: z.number().min(0).max(86_400).default(600),
  /** Share of a delay that may be left out, so that batches which failed together do not come back together. */
  jitter: z.number().min(0).max(1).default(0),
});
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

const keptDays = z.number().int().min(0).max(36_500);

/** How long after the end of a transfer what it left is kept. With its report goes everything that is left. */
export const retentionSchema = z.strictObject({
  archivesDays: keptDays.default(7),
  runsDays: keptDays.default(30),
  reportsDays: keptDays.default(365),
});
export type Retention = z.infer<typeof retentionSchema>;

const publicKey = z
  .string()
  .regex(/^-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/, 'allowed: a public key as PEM');

/** Keys of receipts: the vault's key that signs this side's receipts, the public keys that the other side's must match. */
export const receiptKeysSchema = z.strictObject({
  sign: z.strictObject({ vault: vaultUrlSchema, key: vaultItemSchema }).optional(),
  verify: z.array(publicKey).max(10).optional(),
});
export type ReceiptKeys = z.infer<typeof receiptKeysSchema>;

/** Which sides of its routes an app serves. */
export const SERVED = ['both', 'source', 'target'] as const;

/** A configured, named way from a source to a target. */
export const routeSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'allowed: 1 to 63 of a-z, 0-9 and inner hyphens'),
    serves: z.enum(SERVED, `allowed: ${SERVED.join(', ')}`).default('both'),
    engine: z.literal('pipelines').default('pipelines'),
    continueOnErrors: z.boolean().default(true),
    maxParallelBatches: z.number().int().min(1).max(20).default(2),
    /** Pipeline runs that the app asks of each registry at once; where routes share a registry, the smallest counts. */
    maxRunsPerRegistry: z.number().int().min(1).max(100).default(20),
    /** Runs that a batch may spend on halves and rests of itself, to isolate what fails; 0: it is tried as a whole only. */
    maxSplitRuns: z.number().int().min(0).max(200).default(DEFAULT_SPLIT_RUNS),
    run: z
      .strictObject({ timeoutMinutes: z.number().int().min(1).max(10_080).default(720) })
      .default({ timeoutMinutes: 720 }),
    source: sourceSchema.optional(),
    target: targetSchema.optional(),
    copy: z.strictObject({ mode: z.enum(['auto', 'server', 'stream']).default('auto') }).default({ mode: 'auto' }),
    import: z
      .strictObject({
        auto: z.enum(['mirror', 'always', 'never']).default('mirror'),
        by: z.enum(['app', 'service']).default('app'),
        /** With `by: service`: how long ACR's own trigger is waited for before the app imports. */
        waitMinutes: z.number().min(0).max(1440).default(20),
      })
      .default({ auto: 'mirror', by: 'app', waitMinutes: 20 }),
    /** `required`: an archive without a good receipt is not imported. */
    receipts: z.enum(['required', 'optional']).default('optional'),
    receiptKeys: receiptKeysSchema.default({}),
    retry: retryPolicySchema.default({
      attempts: 3,
      firstDelaySeconds: 30,
      factor: 2,
      maxDelaySeconds: 600,
      jitter: 0,
    }),
    retention: retentionSchema.default({ archivesDays: 7, runsDays: 30, reportsDays: 365 }),
    schedules: schedulesSchema,
    onPush: onPushSchema.optional(),
    webhook: webhookSchema.optional(),
  })
  .superRefine(checkSides);

/** A served side is there with all that it needs; a target-side app knows nothing of the source. */
function checkSides(
  route: {
    serves: (typeof SERVED)[number];
    source?: unknown;
    target?: { registry?: unknown; importPipeline?: unknown };
    schedules: readonly unknown[];
    onPush?: unknown;
  },
  context: z.RefinementCtx,
): void {
  const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (route.serves === 'target') {
    if (route.source) fault(['source'], 'allowed: no source, since serves is target');
    if (route.schedules.length > 0) fault(['schedules'], 'allowed: none, since the app starts no transfers');
    if (route.onPush) fault(['onPush'], 'allowed: nothing, since the app starts no transfers');
  } else if (!route.source) fault(['source'], `allowed: a source, since serves is ${route.serves}`);
  if (route.serves === 'source') return;
  if (!route.target) {
    fault(['target'], `allowed: a target, since serves is ${route.serves}`);
    return;
  }
  for (const key of ['registry', 'importPipeline'] as const) {
    if (route.target[key] === undefined) fault(['target', key], `allowed: the target's ${key}, since the app imports`);
  }
}

export type Route = z.infer<typeof routeSchema>;
/** What both sides of a route have: where it is and how to sign in there. */
export type RouteSide = Pick<
  z.infer<typeof sourceSchema>,
  'cloud' | 'tenantId' | 'credential' | 'registry' | 'container' | 'sas'
>;
/** A side of which the container, at least, is reached. */
export type ContainerSide = Pick<RouteSide, 'cloud' | 'tenantId' | 'credential' | 'container'>;

/** The sides of a route that the app exports from or imports to. */
export function servedSides(route: Pick<Route, 'serves'>): readonly Side[] {
  return route.serves === 'both' ? SIDES : [route.serves];
}

export function isServed(route: Pick<Route, 'serves'>, side: Side): boolean {
  return servedSides(route).includes(side);
}

/** A side that the app serves. @throws `SIDE_NOT_SERVED` */
export function sideOf(route: Route, side: Side): RouteSide {
  const { source, target } = route;
  const settings = side === 'source' ? source : target;
  if (!isServed(route, side) || settings?.registry === undefined) throw notServed(route, side);
  return { ...settings, registry: settings.registry };
}

/** A side whose container the app reaches; `undefined` where it does not. */
export function containerSideOf(route: Route, side: Side): ContainerSide | undefined {
  return route[side];
}

/** The container of one side by its parts. The schema has checked its form. */
export function containerOf(side: Pick<ContainerSide, 'container' | 'cloud'>) {
  const location = parseContainerUrl(side.container, side.cloud.blobSuffix);
  if (!location) throw new RangeError(`container ${side.container} is not in ${side.cloud.blobSuffix}`);
  return location;
}

/** The name of a served side's pipeline. @throws `SIDE_NOT_SERVED` */
export function pipelineNameOf(route: Route, side: Side): string {
  const name = side === 'source' ? route.source?.exportPipeline : route.target?.importPipeline;
  if (!isServed(route, side) || name === undefined) throw notServed(route, side);
  return name;
}

/** The resource id of a served side's pipeline. @throws `SIDE_NOT_SERVED` */
export function pipelineIdOf(route: Route, side: Side): string {
  const kind = side === 'source' ? 'exportPipelines' : 'importPipelines';
  return `${sideOf(route, side).registry}/${kind}/${pipelineNameOf(route, side)}`;
}

function notServed(route: Pick<Route, 'name' | 'serves'>, side: Side): TransferError {
  const message = `Route ${route.name} serves ${route.serves}; its ${side} side is another app's.`;
  return new TransferError(message, { class: 'service', code: 'SIDE_NOT_SERVED', side });
}
