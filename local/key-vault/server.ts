import type { IncomingMessage, ServerResponse } from 'node:http';
import { everyoneMay, type May } from '../access/role-assignments.ts';
import type { Around, RunningServer } from '../http.ts';
import { bearerOf, readBody, sendJson, serve } from '../http.ts';
import type { CloudName } from '../names.ts';
import { cloudOfHost, vaultIdOf } from '../names.ts';
import { claimedIssuerOf, type TokenAuthority, type TokenClaims } from '../tokens.ts';
import { actionOf } from './actions.ts';
import { forbiddenByRbac, VaultError } from './errors.ts';
import { notBuilt } from './not-built.ts';
import { route } from './routes.ts';
import type { VaultFile } from './state.ts';
import { openVaults } from './state.ts';

export interface KeyVaultOptions {
  /** 0 takes any free port. */
  port: number;
  tls: { key: string; cert: string };
  tokens: TokenAuthority;
  /** Who may do what; left out, every identity of the tenant may do everything. */
  may?: May;
  /** Where the secrets and keys are kept, one file for each vault, in plain text. */
  dir: string;
  /** The host names of the vaults that there are, such as `srcvault.vault.source.test`. */
  vaults: readonly string[];
  around?: Around;
  log?: (line: string) => void;
}

export interface RunningKeyVault extends RunningServer {
  /** The host names that are served: others are not to resolve (the proxy's `portOf` sees to it). */
  hosts: readonly string[];
}

/**
 * Key Vault's secrets and keys, for the vaults of both clouds on one port, told apart by the Host header. Rejects with
 * `PortTakenError`; throws when a vault's name is not in a local cloud.
 */
export async function startKeyVault(options: KeyVaultOptions): Promise<RunningKeyVault> {
  const strange = options.vaults.find((host) => !/^[a-z0-9-]+\.vault\.(source|target)\.test$/.test(host));
  if (strange) throw new Error(`The vault ${strange} has no name like myvault.vault.source.test.`);
  const files = await openVaults(options.dir, options.vaults);
  const server = await serve((request, response, url) => answer(request, response, url, files, options), options);
  return { ...server, hosts: [...options.vaults] };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  files: ReadonlyMap<string, VaultFile>,
  options: KeyVaultOptions,
): Promise<void> {
  const file = files.get(url.hostname);
  const cloud = cloudOfHost(url.hostname);
  if (!file || !cloud) {
    refuse(response, new VaultError(404, 'VaultNotFound', `There is no vault ${url.hostname}.`));
    return;
  }
  const caller = options.tokens.verify(bearerOf(request), [audienceOf(cloud)]);
  const refused =
    caller &&
    (notBuilt(request.method ?? '', url.pathname) ??
      checkRole(request.method, url, caller, options.may ?? everyoneMay));
  if (!caller) challenge(request, response, cloud, options.tokens);
  else if (refused) refuse(response, refused);
  else await answerCaller(request, response, url, file);
}

function checkRole(method: string | undefined, url: URL, caller: TokenClaims, may: May): VaultError | undefined {
  const action = actionOf(method ?? '', url.pathname);
  const vaultId = vaultIdOf(url.hostname);
  const name = /^\/((?:secrets|keys)\/[^/]+)/.exec(url.pathname)?.[1];
  const scope = name === undefined ? vaultId : `${vaultId}/${name}`;
  return may(caller.oid, scope, { data: action }) ? undefined : forbiddenByRbac(caller, action, vaultId);
}

async function answerCaller(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  file: VaultFile,
): Promise<void> {
  const body = await readBody(request);
  try {
    const { status, value } = await route({ method: request.method ?? '', url, body }, file);
    sendJson(response, status, value);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    refuse(response, error);
  }
}

function audienceOf(cloud: CloudName): string {
  return `https://vault.${cloud}.test`;
}

/** The client's first request comes without token and body, to be told by this where to get a token, and for what. */
function challenge(
  request: IncomingMessage,
  response: ServerResponse,
  cloud: CloudName,
  { tenantId, issuer }: TokenAuthority,
): void {
  const authorization = `https://login.${cloud}.test/${tenantId}`;
  const found = claimedIssuerOf(bearerOf(request));
  const message =
    found !== undefined && found !== issuer
      ? `AKV10032: Invalid issuer. Expected one of ${issuer}, found ${found}.`
      : 'AKV10000: Request is missing a Bearer token, or has one that is not valid for this vault.';
  sendJson(
    response,
    401,
    { error: { code: 'Unauthorized', message } },
    {
      'www-authenticate': `Bearer authorization="${authorization}", resource="${audienceOf(cloud)}"`,
    },
  );
}

function refuse(response: ServerResponse, error: VaultError): void {
  const { code, message, innerCode } = error;
  const inner = innerCode === undefined ? {} : { innererror: { code: innerCode } };
  sendJson(response, error.status, { error: { code, message, ...inner } });
}
