import { z } from 'zod';

/** Host name, lower case, no scheme, no port. */
const suffix = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'allowed: a DNS suffix such as blob.core.windows.net');
const httpsOrigin = z
  .string()
  .regex(/^https:\/\/[A-Za-z0-9.-]+(:\d+)?$/, 'allowed: an https origin without path or trailing slash');

/** Endpoints, suffixes and audiences of one cloud: all that differs between clouds. */
export const cloudSchema = z.strictObject({
  name: z.string().min(1),
  authorityHost: httpsOrigin,
  armEndpoint: httpsOrigin,
  /** Audience of ARM tokens, without `/.default`. */
  armAudience: httpsOrigin,
  vaultSuffix: suffix,
  blobSuffix: suffix,
  registrySuffix: suffix,
  /** Audience that the registry's token exchange is tried with first; the ARM audience is the second. */
  registryAudience: httpsOrigin,
});
export type Cloud = z.infer<typeof cloudSchema>;

/**
 * The clouds known by name. Endpoints: Azure's published cloud metadata; a registry takes tokens of the audience
 * `containerregistry.azure.net` in the public cloud, and of ARM in all.
 */
export const KNOWN_CLOUDS = {
  AzurePublic: {
    name: 'AzurePublic',
    authorityHost: 'https://login.microsoftonline.com',
    armEndpoint: 'https://management.azure.com',
    armAudience: 'https://management.azure.com',
    vaultSuffix: 'vault.azure.net',
    blobSuffix: 'blob.core.windows.net',
    registrySuffix: 'azurecr.io',
    registryAudience: 'https://containerregistry.azure.net',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    authorityHost: 'https://login.microsoftonline.us',
    armEndpoint: 'https://management.usgovcloudapi.net',
    armAudience: 'https://management.usgovcloudapi.net',
    vaultSuffix: 'vault.usgovcloudapi.net',
    blobSuffix: 'blob.core.usgovcloudapi.net',
    registrySuffix: 'azurecr.us',
    registryAudience: 'https://management.usgovcloudapi.net',
  },
  AzureChina: {
    name: 'AzureChina',
    authorityHost: 'https://login.chinacloudapi.cn',
    armEndpoint: 'https://management.chinacloudapi.cn',
    armAudience: 'https://management.chinacloudapi.cn',
    vaultSuffix: 'vault.azure.cn',
    blobSuffix: 'blob.core.chinacloudapi.cn',
    registrySuffix: 'azurecr.cn',
    registryAudience: 'https://management.chinacloudapi.cn',
  },
} as const satisfies Record<string, Cloud>;
export type KnownCloudName = keyof typeof KNOWN_CLOUDS;

/** A known cloud's name, or the endpoints of any other; parsed to the full {@link Cloud}. */
export const cloudReferenceSchema = z
  .union([z.enum(Object.keys(KNOWN_CLOUDS) as [KnownCloudName, ...KnownCloudName[]]), cloudSchema], {
    error: `allowed: ${Object.keys(KNOWN_CLOUDS).join(', ')}, or an object with the cloud's endpoints`,
  })
  .transform((value): Cloud => (typeof value === 'string' ? KNOWN_CLOUDS[value] : value));
