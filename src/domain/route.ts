import { z } from 'zod';
import { cloudReferenceSchema } from './cloud.ts';
import { parseContainerUrl } from './container-url.ts';
import type { Side } from './errors.ts';
import { isStorageAccountId, PIPELINE_NAME, parseRegistryId } from './resource-id.ts';

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'allowed: a GUID');
const pipelineName = z.string().regex(PIPELINE_NAME, 'allowed: 5 to 50 letters and digits');

/** How a side signs in. Federated and certificate credentials come with two tenants and two clouds. */
export const credentialSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('managedIdentity'), clientId: uuid.optional() }),
]);
export type CredentialSettings = z.infer<typeof credentialSchema>;

const storageAccount = z
  .string()
  .refine(
    isStorageAccountId,
    'allowed: /subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}',
  );
const keyDays = z.number().int().min(1).max(365);

/**
 * How SAS tokens for a pipeline are made: signed with a user delegation key (7 days at most), or with a key of the
 * storage account, for the container or for the account, or by a stored access policy of the container. A policy
 * needs an account key: a user-delegation token cannot name one.
 */
export const sasSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('userDelegation'), days: z.number().int().min(1).max(6) }),
    z.strictObject({ kind: z.literal('accountKey'), days: keyDays, account: storageAccount }),
    z.strictObject({ kind: z.literal('account'), days: keyDays, account: storageAccount }),
    z.strictObject({
      kind: z.literal('storedPolicy'),
      days: keyDays,
      account: storageAccount,
      policy: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'allowed: 1 to 64 letters, digits, - and _'),
    }),
  ],
  { error: 'allowed: userDelegation, accountKey, account, storedPolicy' },
);
export type SasSettings = z.infer<typeof sasSchema>;

const sideShape = {
  cloud: cloudReferenceSchema,
  tenantId: uuid,
  credential: credentialSchema,
  registry: z
    .string()
    .refine(
      (text) => parseRegistryId(text) !== undefined,
      'allowed: /subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}',
    ),
  container: z.string(),
  sas: sasSchema.default({ kind: 'userDelegation', days: 6 }),
};

function checkContainer(side: { container: string; cloud: { blobSuffix: string } }, context: z.RefinementCtx): void {
  if (parseContainerUrl(side.container, side.cloud.blobSuffix)) return;
  context.addIssue({
    code: 'custom',
    path: ['container'],
    input: side.container,
    message: `allowed: https://{account}.${side.cloud.blobSuffix}/{container}`,
  });
}

const sourceSchema = z.strictObject({ ...sideShape, exportPipeline: pipelineName }).superRefine(checkContainer);
const targetSchema = z.strictObject({ ...sideShape, importPipeline: pipelineName }).superRefine(checkContainer);

/** One culprit in 50 needs 12 at most. */
export const DEFAULT_SPLIT_RUNS = 40;

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

/** A configured, named way from a source to a target. */
export const routeSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'allowed: 1 to 63 of a-z, 0-9 and inner hyphens'),
  serves: z.literal('both').default('both'),
  engine: z.literal('pipelines').default('pipelines'),
  continueOnErrors: z.boolean().default(true),
  maxParallelBatches: z.number().int().min(1).max(20).default(2),
  /** Runs that a batch may spend on halves and rests of itself, to isolate what fails; 0: it is tried as a whole only. */
  maxSplitRuns: z.number().int().min(0).max(200).default(DEFAULT_SPLIT_RUNS),
  run: z
    .strictObject({ timeoutMinutes: z.number().int().min(1).max(10_080).default(720) })
    .default({ timeoutMinutes: 720 }),
  source: sourceSchema,
  target: targetSchema,
  copy: z.strictObject({ mode: z.enum(['auto', 'server', 'stream']).default('auto') }).default({ mode: 'auto' }),
  import: z
    .strictObject({
      auto: z.enum(['mirror', 'always', 'never']).default('mirror'),
      by: z.literal('app').default('app'),
    })
    .default({ auto: 'mirror', by: 'app' }),
  retry: retryPolicySchema.default({ attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 }),
  retention: retentionSchema.default({ archivesDays: 7, runsDays: 30, reportsDays: 365 }),
});
export type Route = z.infer<typeof routeSchema>;
/** What both sides of a route have: where it is and how to sign in there. */
export type RouteSide = Pick<Route['source'], 'cloud' | 'tenantId' | 'credential' | 'registry' | 'container' | 'sas'>;

/** The container of one side by its parts. The schema has checked its form. */
export function containerOf(side: RouteSide) {
  const location = parseContainerUrl(side.container, side.cloud.blobSuffix);
  if (!location) throw new RangeError(`container ${side.container} is not in ${side.cloud.blobSuffix}`);
  return location;
}

/** The resource id of a side's pipeline. */
export function pipelineIdOf(route: Route, side: Side): string {
  return side === 'source'
    ? `${route.source.registry}/exportPipelines/${route.source.exportPipeline}`
    : `${route.target.registry}/importPipelines/${route.target.importPipeline}`;
}
