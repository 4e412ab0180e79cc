import { z } from 'zod';
import { faultsOf } from '../domain/problem.ts';
import { uuidSchema } from '../domain/route/credential-settings.ts';
import type { Route } from '../domain/route/route.ts';
import { type BlobTriggerSettings, planBlobTriggers } from './blob-triggers.ts';
import { loadRoutes, type RouteFault } from './routes.ts';
import type { SettingFault } from './setting-fault.ts';

/** What the app is told from outside. Made once at start; nothing else reads the environment. */
export interface Settings {
  routes: ReadonlyMap<string, Route>;
  /** Routes that cannot be used, with why; the good ones work all the same. */
  faultyRoutes: readonly RouteFault[];
  /** The container of the records, or `undefined` when the settings do not say where it is. */
  stateContainerUrl: string | undefined;
  stateClientId: string | undefined;
  access: AccessSettings;
  schedules: { rotateSas: string; reconcile: string; retention: string };
  blobTriggerSource: 'EventGrid' | 'LogsAndContainerScan';
  blobTriggers: readonly BlobTriggerSettings[];
  faults: readonly SettingFault[];
}

/**
 * Who may call the HTTP API: whoever has a function key, which the host checks; or, once an application of Entra ID is
 * named, whoever has a token for it, the app's own key, or (`trustsPlatform`) whom App Service has signed in.
 */
export type AccessSettings =
  | { kind: 'functionKey' }
  | {
      kind: 'entra';
      tenantId: string;
      clientId: string;
      authorityHost: string;
      apiKey: string | undefined;
      trustsPlatform: boolean;
    };

const STATE_CONTAINER = 'acr-transfer';
const ncrontab = z
  .string()
  .regex(/^\S+(\s+\S+){4,5}$/, 'allowed: an NCRONTAB expression of six fields (seconds first), or five');

/** Every app setting that the app itself reads, but for the connections of blob triggers. */
export const environmentSchema = z.object({
  ROUTES_JSON: z.string().optional(),
  ROUTES_FILE: z.string().default('routes.json'),
  STATE_STORAGE__blobServiceUri: z.url('allowed: https://{account}.blob.{suffix}').optional(),
  STATE_STORAGE__clientId: z.string().optional(),
  AzureWebJobsStorage__blobServiceUri: z.url('allowed: https://{account}.blob.{suffix}').optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__clientId: z.string().optional(),
  AUTH_TENANT_ID: uuidSchema.optional(),
  AUTH_CLIENT_ID: uuidSchema.optional(),
  AUTH_AUTHORITY_HOST: z.url('allowed: https://{host}').default('https://login.microsoftonline.com'),
  API_KEY: z.string().min(32, 'allowed: a key of 32 characters or more').optional(),
  /** Set by App Service where its own authentication stands before the app. */
  WEBSITE_AUTH_ENABLED: z.string().optional(),
  SAS_ROTATION_SCHEDULE: ncrontab.default('0 17 * * * *'),
  RECONCILE_SCHEDULE: ncrontab.default('0 */10 * * * *'),
  RETENTION_SCHEDULE: ncrontab.default('0 30 3 * * *'),
  BLOB_TRIGGER_SOURCE: z
    .enum(['EventGrid', 'LogsAndContainerScan'], 'allowed: EventGrid, LogsAndContainerScan')
    .default('EventGrid'),
});
type Environment = z.infer<typeof environmentSchema>;

/**
 * Reads the settings and routes. Never throws: faults are collected, all at once, and what is good is usable.
 * `appFolder` is what a relative `ROUTES_FILE` is relative to.
 */
export function loadSettings(variables: Record<string, string | undefined>, appFolder: string): Settings {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { environment, faults } = parseEnvironment(given);
  const { routes, faultyRoutes } = loadRoutes(environment, given, appFolder);
  const blobTriggers = planBlobTriggers(routes.values(), given);
  const state = stateUri(environment);
  const access = readAccess(environment);
  return {
    routes,
    faultyRoutes,
    stateContainerUrl: state && `${state.replace(/\/$/, '')}/${STATE_CONTAINER}`,
    stateClientId: environment.STATE_STORAGE__clientId ?? environment.AzureWebJobsStorage__clientId,
    access: access.settings,
    schedules: {
      rotateSas: environment.SAS_ROTATION_SCHEDULE,
      reconcile: environment.RECONCILE_SCHEDULE,
      retention: environment.RETENTION_SCHEDULE,
    },
    blobTriggerSource: environment.BLOB_TRIGGER_SOURCE,
    blobTriggers: blobTriggers.triggers,
    faults: [
      ...faults,
      ...access.faults,
      ...(state ? [] : [NO_STATE]),
      ...blobTriggers.faults,
      ...faultyRoutes.flatMap((route) => route.faults),
    ],
  };
}

const NO_STATE: SettingFault = {
  file: 'app settings',
  path: 'STATE_STORAGE__blobServiceUri',
  found: 'nothing, and no AzureWebJobsStorage__blobServiceUri or __accountName',
  allowed: 'https://{account}.blob.{suffix}',
};

/** A faulty setting counts as absent, so that its default or its own check decides what can still work. */
function parseEnvironment(given: Record<string, unknown>): { environment: Environment; faults: SettingFault[] } {
  const parsed = environmentSchema.safeParse(given);
  if (parsed.success) return { environment: parsed.data, faults: [] };
  const faulty = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !faulty.has(name)));
  const faults = faultsOf(parsed.error, given).map((fault) => ({ file: 'app settings', ...fault }));
  return { environment: environmentSchema.parse(rest), faults };
}

/** Half a setting opens nothing: function keys are asked for then, as without any. */
function readAccess(environment: Environment): { settings: AccessSettings; faults: SettingFault[] } {
  const { AUTH_TENANT_ID: tenantId, AUTH_CLIENT_ID: clientId, AUTH_AUTHORITY_HOST, API_KEY: apiKey } = environment;
  const missing = (path: string, allowed: string) => ({ file: 'app settings', path, found: 'nothing', allowed });
  if (tenantId !== undefined && clientId !== undefined) {
    const trustsPlatform = environment.WEBSITE_AUTH_ENABLED?.toLowerCase() === 'true';
    const authorityHost = AUTH_AUTHORITY_HOST.replace(/\/$/, '');
    return { settings: { kind: 'entra', tenantId, clientId, authorityHost, apiKey, trustsPlatform }, faults: [] };
  }
  const faults: SettingFault[] = [];
  if (tenantId !== undefined || apiKey !== undefined) {
    if (clientId === undefined) faults.push(missing('AUTH_CLIENT_ID', 'the client id of the application'));
  }
  if ((clientId !== undefined || apiKey !== undefined) && tenantId === undefined) {
    faults.push(missing('AUTH_TENANT_ID', 'the id of the tenant that the tokens are of'));
  }
  return { settings: { kind: 'functionKey' }, faults };
}

function stateUri(environment: Environment): string | undefined {
  const { AzureWebJobsStorage__accountName: account } = environment;
  return (
    environment.STATE_STORAGE__blobServiceUri ??
    environment.AzureWebJobsStorage__blobServiceUri ??
    (account && `https://${account}.blob.core.windows.net`)
  );
}
