import type { TokenCredential } from '@azure/core-auth';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import { type Side, TransferError } from '../domain/errors.ts';
import { clientOptions } from './client-policy.ts';
import { attempt } from './errors.ts';

/** Where a secret is: the vault's origin, the secret's name, and its version where the URI names one. */
export interface SecretLocation {
  vaultUrl: string;
  name: string;
  version?: string;
}

const SECRET_URI =
  /^https:\/\/([a-z0-9-]{3,24})\.([a-z0-9.-]+)\/secrets\/([0-9a-z-]{1,127})(?:\/([0-9a-z]{1,64}))?\/?$/i;

/** The parts of `https://{vault}.{vaultSuffix}/secrets/{name}[/{version}]`, or `undefined` when it is not one. */
export function parseSecretUri(uri: string, vaultSuffix: string): SecretLocation | undefined {
  const match = SECRET_URI.exec(uri);
  if (!match || match[2]?.toLowerCase() !== vaultSuffix.toLowerCase()) return undefined;
  const [, vault = '', suffix = '', name = '', version] = match;
  return { vaultUrl: `https://${vault}.${suffix}`.toLowerCase(), name, ...(version === undefined ? {} : { version }) };
}

/** One version of a secret without its value; times in ISO 8601. */
export interface SecretVersion {
  version: string;
  enabled: boolean;
  createdAt?: string;
  expiresAt?: string;
  notBefore?: string;
  contentType?: string;
  tags: Record<string, string>;
}

/** The secrets of one vault. All throw `TransferError`s, which never hold a value. */
export interface SecretStore {
  /**
   * A version of a secret, by default the latest; `undefined` when there is none. A disabled one cannot be read:
   * class `access`, code `SecretDisabled`.
   */
  get(name: string, version?: string): Promise<(SecretVersion & { value: string }) | undefined>;
  /** Makes a new version. May make two when the connection breaks in between; the later one counts. */
  set(
    name: string,
    value: string,
    options: { expiresAt: Date; contentType: string; tags: Record<string, string> },
  ): Promise<{ version: string }>;
  /** All versions in the vault's order; none when there is no such secret. */
  listVersions(name: string): AsyncIterable<SecretVersion>;
  /** Retires a version: it can be read no more. What was read from it before stays valid. */
  disable(name: string, version: string): Promise<void>;
}

/** Opens a vault. Nothing is asked yet; the token's audience comes from the vault's challenge, which the SDK checks. */
export function openVault(vaultUrl: string, credential: TokenCredential, side?: Side): SecretStore {
  const client = new SecretClient(vaultUrl, credential, clientOptions(vaultUrl));
  const run = <T>(action: string, name: string, call: (abortSignal: AbortSignal) => Promise<T>) =>
    attempt({ action, resource: `${vaultUrl}/secrets/${name}`, side }, call);
  return {
    get: (name, version) =>
      unlessMissing(() =>
        run('read the secret', name, async (abortSignal) => {
          const secret = await client.getSecret(name, { abortSignal, ...(version === undefined ? {} : { version }) });
          return { value: secret.value ?? '', ...toVersion(secret.properties) };
        }),
      ),
    set: (name, value, { expiresAt, contentType, tags }) =>
      run('set the secret', name, async (abortSignal) => {
        const made = await client.setSecret(name, value, { abortSignal, expiresOn: expiresAt, contentType, tags });
        return { version: made.properties.version ?? '' };
      }),
    async *listVersions(name) {
      const pages = client.listPropertiesOfSecretVersions(name).byPage();
      for (;;) {
        const page = await unlessMissing(() => run('list the versions of the secret', name, () => pages.next()));
        if (!page || page.done) return;
        for (const properties of page.value) yield toVersion(properties);
      }
    },
    disable: (name, version) =>
      run('disable a version of the secret', name, async (abortSignal) => {
        await client.updateSecretProperties(name, version, { abortSignal, enabled: false });
      }),
  };
}

async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TransferError && error.code === 'SecretNotFound') return undefined;
    throw error;
  }
}

function toVersion(properties: SecretProperties): SecretVersion {
  const { version, enabled, createdOn, expiresOn, notBefore, contentType, tags } = properties;
  return {
    version: version ?? '',
    enabled: enabled ?? true,
    tags: { ...tags },
    ...(createdOn === undefined ? {} : { createdAt: createdOn.toISOString() }),
    ...(expiresOn === undefined ? {} : { expiresAt: expiresOn.toISOString() }),
    ...(notBefore === undefined ? {} : { notBefore: notBefore.toISOString() }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}
