import { ArmError } from './arm-error.ts';

/** Every preview version that has pipelines, oldest first. */
export const PIPELINE_VERSIONS: readonly string[] = [
  '2019-12-01-preview',
  '2020-11-01-preview',
  '2021-06-01-preview',
  '2021-08-01-preview',
  '2021-12-01-preview',
  '2022-02-01-preview',
  '2023-01-01-preview',
  '2023-06-01-preview',
  '2023-08-01-preview',
  '2023-11-01-preview',
  '2024-11-01-preview',
  '2025-03-01-preview',
  '2025-05-01-preview',
  '2025-06-01-preview',
  '2025-12-01-preview',
  '2026-01-01-preview',
  '2026-03-01-preview',
];

const STABLE_VERSIONS: readonly string[] = [
  '2017-10-01',
  '2019-05-01',
  '2021-09-01',
  '2022-12-01',
  '2023-07-01',
  '2025-04-01',
  '2025-11-01',
];

/** The first version whose pipelines have `storageAccessMode`, and may leave out `keyVaultUri`. */
const FIRST_WITH_ACCESS_MODE = '2025-06-01-preview';

/** The first version whose resources have `systemData`. */
const FIRST_WITH_SYSTEM_DATA = '2020-11-01-preview';

/** The first version whose registries have `policies.exportPolicy`. */
const FIRST_WITH_EXPORT_POLICY = '2021-06-01-preview';

/** What the service's `api-supported-versions` header names; it is not the full list, there either. */
export const ADVERTISED_VERSIONS = PIPELINE_VERSIONS.slice(-4).join(', ');

/** Whether pipelines of an (accepted) api-version have `storageAccessMode`. */
export function hasAccessMode(apiVersion: string): boolean {
  return apiVersion >= FIRST_WITH_ACCESS_MODE;
}

/** Whether resources of an (accepted) api-version have `systemData`. */
export function hasSystemData(apiVersion: string): boolean {
  return apiVersion >= FIRST_WITH_SYSTEM_DATA;
}

/** Whether registries of an (accepted) api-version have `policies.exportPolicy`. */
export function hasExportPolicy(apiVersion: string): boolean {
  return apiVersion >= FIRST_WITH_EXPORT_POLICY;
}

/**
 * The request's `api-version`, which must serve `type` (such as `registries` or `registries/exportPipelines`): pipelines
 * are in preview versions only. Throws 400 `MissingApiVersionParameter` or `NoRegisteredProviderFound`.
 */
export function readApiVersion(url: URL, type: string, location: string): string {
  const found = readAnyApiVersion(url);
  const served = type.includes('/') ? PIPELINE_VERSIONS : [...STABLE_VERSIONS, ...PIPELINE_VERSIONS];
  const version = found.toLowerCase();
  if (served.includes(version)) return version;
  throw new ArmError(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '${location}' and API version '${found}' for type '${type}'. The supported api-versions are '${served.join(', ')}'. The supported locations are '${location}'.`,
  );
}

/**
 * The request's `api-version` for what is not a registry: any, since these answers are the same in
 * all of them. Throws 400 `MissingApiVersionParameter`.
 */
export function readAnyApiVersion(url: URL): string {
  const found = url.searchParams.get('api-version');
  if (!found) {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    throw new ArmError(400, 'MissingApiVersionParameter', message);
  }
  return found;
}
