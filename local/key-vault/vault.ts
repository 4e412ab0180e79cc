import { randomUUID } from 'node:crypto';
import { deletedButRecoverable, deletedSecretNotFound, secretDisabled, secretNotFound } from './errors.ts';
import type { DeletedSecret, Secret, SecretChange, SecretVersion, VaultState } from './state.ts';

const RETENTION_SECONDS = 90 * 86_400;

/** What a request wants to set; `value` is required. */
export type NewSecretVersion = SecretChange & { value: string };

/** A deleted secret: its newest version and its dates, in seconds since 1970. */
export interface DeletedView {
  name: string;
  newest: SecretVersion;
  deletedDate: number;
  scheduledPurgeDate: number;
}

/**
 * The rules of one vault over its state, which they change in place. Times are whole seconds since 1970. Every method
 * throws {@link VaultError} for what Key Vault refuses, before it changes anything.
 */
export class Vault {
  readonly #state: VaultState;
  readonly #now: () => number;

  constructor(state: VaultState, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  /** Adds a version, which is the newest from now on. */
  set(name: string, wanted: NewSecretVersion): SecretVersion {
    if (find(this.#state.deleted, name)) throw deletedButRecoverable(name);
    const now = this.#now();
    const version: SecretVersion = {
      version: randomUUID().replaceAll('-', ''),
      value: wanted.value,
      enabled: wanted.enabled ?? true,
      created: now,
      updated: now,
      ...given(wanted),
    };
    const [key, secret] = find(this.#state.secrets, name) ?? [name, { versions: [] }];
    this.#state.secrets[key] = { versions: [...secret.versions, version] };
    return version;
  }

  /** The version to read: the newest one when none is named. Expiry and not-before are information only. */
  get(name: string, version: string | undefined): SecretVersion {
    const found = this.#version(name, version);
    if (!found.enabled) throw secretDisabled();
    return found;
  }

  /** Changes attributes, content type and tags; what is not given stays. The value of a version never changes. */
  update(name: string, version: string | undefined, change: SecretChange): SecretVersion {
    const found = this.#version(name, version);
    Object.assign(found, given(change), { enabled: change.enabled ?? found.enabled, updated: this.#now() });
    return found;
  }

  /** All versions of a secret, oldest first. */
  versions(name: string): readonly SecretVersion[] {
    return this.#secret(name)[1].versions;
  }

  /** The newest version of every secret, by name. */
  newest(): [string, SecretVersion][] {
    return Object.entries(this.#state.secrets).map(([name, secret]) => [name, newestOf(secret, name)]);
  }

  /** Moves a secret, with all versions, to the deleted ones. */
  delete(name: string): DeletedView {
    const [key, { versions }] = this.#secret(name);
    const deletedDate = this.#now();
    this.#state.deleted[key] = { versions, deletedDate, scheduledPurgeDate: deletedDate + RETENTION_SECONDS };
    delete this.#state.secrets[key];
    return this.deleted(key);
  }

  deleted(name: string): DeletedView {
    const [key, found] = this.#deletedSecret(name);
    const { deletedDate, scheduledPurgeDate } = found;
    return { name: key, newest: newestOf(found, key), deletedDate, scheduledPurgeDate };
  }

  allDeleted(): DeletedView[] {
    return Object.keys(this.#state.deleted).map((name) => this.deleted(name));
  }

  /** Brings a deleted secret back, with all versions. */
  recover(name: string): SecretVersion {
    const [key, { versions }] = this.#deletedSecret(name);
    this.#state.secrets[key] = { versions };
    delete this.#state.deleted[key];
    return newestOf({ versions }, key);
  }

  /** Forgets a deleted secret for good; its name is free again. */
  purge(name: string): void {
    const [key] = this.#deletedSecret(name);
    delete this.#state.deleted[key];
  }

  #secret(name: string): [string, Secret] {
    const found = find(this.#state.secrets, name);
    if (!found) throw secretNotFound(name);
    return found;
  }

  #deletedSecret(name: string): [string, DeletedSecret] {
    const found = find(this.#state.deleted, name);
    if (!found) throw deletedSecretNotFound(name);
    return found;
  }

  #version(name: string, version: string | undefined): SecretVersion {
    const [, secret] = this.#secret(name);
    if (version === undefined) return newestOf(secret, name);
    const found = secret.versions.find((one) => one.version === version);
    if (!found) throw secretNotFound(`${name}/${version}`);
    return found;
  }
}

/** The entry of a name in whatever case, as the service compares names. */
function find<T>(all: Record<string, T>, name: string): [string, T] | undefined {
  return Object.entries(all).find(([key]) => key.toLowerCase() === name.toLowerCase());
}

function newestOf(secret: Secret, name: string): SecretVersion {
  const newest = secret.versions.at(-1);
  if (!newest) throw secretNotFound(name);
  return newest;
}

function given(change: SecretChange): Partial<SecretVersion> {
  return {
    ...(change.nbf === undefined ? {} : { nbf: change.nbf }),
    ...(change.exp === undefined ? {} : { exp: change.exp }),
    ...(change.contentType === undefined ? {} : { contentType: change.contentType }),
    ...(change.tags === undefined ? {} : { tags: change.tags }),
  };
}
