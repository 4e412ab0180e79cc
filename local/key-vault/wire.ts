import { z } from 'zod';
import { MAX_JSON_DEPTH, parseJson } from '../json.ts';
import { badParameter } from './errors.ts';
import type { SecretVersion } from './state.ts';
import type { DeletedView, NewSecretVersion } from './vault.ts';

/** How a deleted item can be brought back, as its attributes say it. */
export const RECOVERY = { recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };
const LONGEST_VALUE_BYTES = 25 * 1024;
const MOST_TAGS = 15;

const CHANGE_BODY = z.object({
  contentType: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  attributes: z
    .object({
      enabled: z.boolean().nullish(),
      nbf: z.int().nonnegative().nullish(),
      exp: z.int().nonnegative().nullish(),
    })
    .nullish(),
});
const SET_BODY = CHANGE_BODY.extend({ value: z.string() });
type ChangeBody = z.infer<typeof CHANGE_BODY>;

/** The body of a PUT; throws a `VaultError` (400) that names the first fault. */
export function parseNewVersion(body: Buffer): NewSecretVersion {
  const { value, ...change } = parseBody(SET_BODY, body);
  if (Buffer.byteLength(value) > LONGEST_VALUE_BYTES) {
    throw badParameter(`The value has ${Buffer.byteLength(value)} bytes; at most ${LONGEST_VALUE_BYTES} are allowed.`);
  }
  return { value, ...changeOf(change) };
}

/** The body of a PATCH; throws a `VaultError` (400) that names the first fault. */
export function parseChange(body: Buffer): Omit<NewSecretVersion, 'value'> {
  return changeOf(parseBody(CHANGE_BODY, body));
}

/** A version as the wire has it; `id` names the version, and the value is in only when `withValue` says so. */
export function formatVersion(vaultUrl: string, name: string, version: SecretVersion, withValue: boolean) {
  return {
    ...(withValue ? { value: version.value } : {}),
    ...formatItem(`${vaultUrl}/secrets/${name}/${version.version}`, version),
  };
}

/** A secret as lists have it: without value, its id without version. */
export function formatSecret(vaultUrl: string, name: string, newest: SecretVersion) {
  return formatItem(`${vaultUrl}/secrets/${name}`, newest);
}

/** A deleted secret: the newest version's bundle, where to recover it, and when it goes for good. */
export function formatDeleted(vaultUrl: string, deleted: DeletedView) {
  return {
    ...formatVersion(vaultUrl, deleted.name, deleted.newest, false),
    recoveryId: `${vaultUrl}/deletedsecrets/${deleted.name}`,
    deletedDate: deleted.deletedDate,
    scheduledPurgeDate: deleted.scheduledPurgeDate,
  };
}

function formatItem(id: string, version: SecretVersion) {
  const { enabled, nbf, exp, created, updated, contentType, tags } = version;
  return { id, contentType, attributes: { enabled, nbf, exp, created, updated, ...RECOVERY }, tags: tags ?? {} };
}

/** A body of a form; throws a `VaultError` (400) that names the first fault. */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  const result = schema.safeParse(jsonOf(body));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badParameter(`${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}

/** Key Vault's clock: whole seconds since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function jsonOf(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch {
    // The parser's own message would quote the body, and so the secret.
    throw badParameter(`The body is not JSON of at most ${MAX_JSON_DEPTH} levels.`);
  }
}

function changeOf(body: ChangeBody): Omit<NewSecretVersion, 'value'> {
  const { enabled, nbf, exp } = body.attributes ?? {};
  if (Object.keys(body.tags ?? {}).length > MOST_TAGS) throw badParameter(`At most ${MOST_TAGS} tags are allowed.`);
  if (typeof nbf === 'number' && typeof exp === 'number' && exp <= nbf) {
    throw badParameter('The attribute exp must be later than nbf.');
  }
  return {
    contentType: body.contentType ?? undefined,
    tags: body.tags ?? undefined,
    enabled: enabled ?? undefined,
    nbf: nbf ?? undefined,
    exp: exp ?? undefined,
  };
}
