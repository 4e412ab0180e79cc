import { badParameter, VaultError } from './errors.ts';
import { answerKeys } from './key-routes.ts';
import { pageOf } from './pages.ts';
import type { VaultFile } from './state.ts';
import { Vault } from './vault.ts';
import { formatDeleted, formatSecret, formatVersion, nowSeconds, parseChange, parseNewVersion } from './wire.ts';

/** A request to one vault, already authenticated. */
export interface VaultRequest {
  method: string;
  url: URL;
  body: Buffer;
}

/** The answer: a status and what its JSON body holds (`undefined`: no body). */
export interface VaultAnswer {
  status: number;
  value: unknown;
}

const NAME = /^[0-9a-zA-Z-]{1,127}$/;

/**
 * Does what a request asks of a vault and gives the answer; a change is on disk when it resolves. Throws `VaultError`
 * for what the service refuses.
 */
export async function route(request: VaultRequest, file: VaultFile): Promise<VaultAnswer> {
  const [kind, name, detail, ...rest] = request.url.pathname.split('/').slice(1);
  if (!request.url.searchParams.get('api-version')) throw badParameter('The query parameter api-version is missing.');
  if (name && !NAME.test(name)) throw badParameter(`The name ${name} must match ${NAME.source}.`);
  if (kind === 'keys' && rest.length < 2) {
    const call = { ...request, name: name ?? '', detail: detail || undefined, operation: rest[0] || undefined };
    const value = await answerKeys(call, file);
    if (value !== undefined) return ok(value);
  }
  if (rest.length > 0 || (kind !== 'secrets' && kind !== 'deletedsecrets')) throw noSuchCall(request);
  const call = new VaultCall(request, file, name ?? '', detail || undefined);
  return kind === 'secrets' ? await call.secrets() : await call.deletedSecrets();
}

class VaultCall {
  readonly #request: VaultRequest;
  readonly #file: VaultFile;
  readonly #name: string;
  readonly #detail: string | undefined;
  readonly #vaultUrl: string;

  constructor(request: VaultRequest, file: VaultFile, name: string, detail: string | undefined) {
    this.#request = request;
    this.#file = file;
    this.#name = name;
    this.#detail = detail;
    this.#vaultUrl = request.url.origin;
  }

  async secrets(): Promise<VaultAnswer> {
    const { method } = this.#request;
    if (method === 'GET') return await this.#readSecrets();
    if (this.#name === '') throw noSuchCall(this.#request);
    if (method === 'PUT' && this.#detail === undefined) return await this.#set();
    if (method === 'PATCH') return await this.#update();
    if (method === 'DELETE' && this.#detail === undefined) return await this.#delete();
    throw noSuchCall(this.#request);
  }

  async deletedSecrets(): Promise<VaultAnswer> {
    const { method } = this.#request;
    if (method === 'GET' && this.#detail === undefined) return await this.#readDeleted();
    if (method === 'DELETE' && this.#name !== '' && this.#detail === undefined) return await this.#purge();
    if (method === 'POST' && this.#detail === 'recover') return await this.#recover();
    throw noSuchCall(this.#request);
  }

  async #readSecrets(): Promise<VaultAnswer> {
    const vault = await this.#open();
    if (this.#name === '') {
      const all = vault.newest().map(([name, newest]) => formatSecret(this.#vaultUrl, name, newest));
      return ok(pageOf(all, this.#request.url));
    }
    if (this.#detail === 'versions') {
      const all = vault.versions(this.#name).map((one) => formatVersion(this.#vaultUrl, this.#name, one, false));
      return ok(pageOf(all, this.#request.url));
    }
    return ok(formatVersion(this.#vaultUrl, this.#name, vault.get(this.#name, this.#detail), true));
  }

  async #set(): Promise<VaultAnswer> {
    const wanted = parseNewVersion(this.#request.body);
    const version = await this.#change((vault) => vault.set(this.#name, wanted));
    return ok(formatVersion(this.#vaultUrl, this.#name, version, true));
  }

  async #update(): Promise<VaultAnswer> {
    const change = parseChange(this.#request.body);
    const version = await this.#change((vault) => vault.update(this.#name, this.#detail, change));
    return ok(formatVersion(this.#vaultUrl, this.#name, version, false));
  }

  async #delete(): Promise<VaultAnswer> {
    return ok(formatDeleted(this.#vaultUrl, await this.#change((vault) => vault.delete(this.#name))));
  }

  async #readDeleted(): Promise<VaultAnswer> {
    const vault = await this.#open();
    if (this.#name !== '') return ok(formatDeleted(this.#vaultUrl, vault.deleted(this.#name)));
    const all = vault.allDeleted().map((one) => formatDeleted(this.#vaultUrl, one));
    return ok(pageOf(all, this.#request.url));
  }

  async #recover(): Promise<VaultAnswer> {
    const newest = await this.#change((vault) => vault.recover(this.#name));
    return ok(formatVersion(this.#vaultUrl, this.#name, newest, false));
  }

  async #purge(): Promise<VaultAnswer> {
    await this.#change((vault) => vault.purge(this.#name));
    return { status: 204, value: undefined };
  }

  async #open(): Promise<Vault> {
    return new Vault(await this.#file.read(), nowSeconds);
  }

  #change<T>(change: (vault: Vault) => T): Promise<T> {
    return this.#file.change((state) => change(new Vault(state, nowSeconds)));
  }
}

function ok(value: unknown): VaultAnswer {
  return { status: 200, value };
}

function noSuchCall(request: VaultRequest): VaultError {
  return new VaultError(
    404,
    'NotFound',
    `${request.method} ${request.url.pathname} is not served by the local key vault.`,
  );
}
