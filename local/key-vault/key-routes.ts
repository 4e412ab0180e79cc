import type { JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { badParameter } from './errors.ts';
import { Keys } from './keys.ts';
import { pageOf } from './pages.ts';
import type { KeyVersion, VaultFile } from './state.ts';
import { nowSeconds, parseBody, RECOVERY } from './wire.ts';

/** What a call on keys is about: the key's name (empty: all), and what follows it in the path. */
export interface KeyCall {
  method: string;
  url: URL;
  body: Buffer;
  name: string;
  /** A version, `versions`, `create`, `sign` or `verify`. */
  detail: string | undefined;
  /** `sign` or `verify` behind a version. */
  operation: string | undefined;
}

const CREATE_BODY = z.object({
  kty: z.enum(['EC', 'RSA', 'EC-HSM', 'RSA-HSM']),
  crv: z.literal('P-256', 'P-256 is the only curve here').optional(),
  key_size: z.literal([2048, 3072, 4096]).optional(),
});
const IMPORT_BODY = z.object({ key: z.looseObject({ kty: z.string() }) });
const SIGN_BODY = z.object({ alg: z.string(), value: z.string() });
const VERIFY_BODY = z.object({ alg: z.string(), digest: z.string(), value: z.string() });
const OPERATIONS = ['sign', 'verify'];

/** What a call on keys answers; `undefined` for one that is not served. Throws `VaultError` for what the service refuses. */
export async function answerKeys(call: KeyCall, file: VaultFile): Promise<unknown> {
  const { method, name, detail, operation } = call;
  if (method === 'GET' && operation === undefined) return readKeys(call, await open(file));
  if (name === '') return undefined;
  if (method === 'PUT' && detail === undefined) {
    const { key } = parseBody(IMPORT_BODY, call.body);
    return change(call, file, (keys) => keys.import(name, key as JsonWebKey));
  }
  if (method !== 'POST') return undefined;
  if (detail === 'create' && operation === undefined) return create(call, file);
  const [version, verb] = operation === undefined ? [undefined, detail] : [detail, operation];
  return OPERATIONS.includes(verb ?? '') ? useKey(call, await open(file), version, verb) : undefined;
}

function readKeys({ url, name, detail }: KeyCall, keys: Keys): unknown {
  const item = (key: string, one: KeyVersion, version: string) => ({
    kid: `${url.origin}/keys/${key}${version}`,
    attributes: attributesOf(one),
    tags: {},
  });
  if (name === '')
    return pageOf(
      keys.newest().map(([key, one]) => item(key, one, '')),
      url,
    );
  if (detail === 'versions')
    return pageOf(
      keys.versions(name).map((one) => item(name, one, `/${one.version}`)),
      url,
    );
  return formatKey(url, name, keys.get(name, detail));
}

function create(call: KeyCall, file: VaultFile): Promise<unknown> {
  const { kty, crv, key_size: bits } = parseBody(CREATE_BODY, call.body);
  const isEc = kty.startsWith('EC');
  if (isEc && crv === undefined) throw badParameter('crv: P-256 is the only curve here');
  return change(call, file, (keys) =>
    keys.create(call.name, isEc ? { kty: 'EC' } : { kty: 'RSA', bits: bits ?? 2048 }),
  );
}

function useKey(call: KeyCall, keys: Keys, version: string | undefined, verb: string | undefined): unknown {
  const key = keys.get(call.name, version);
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  if (verb === 'sign') {
    const { alg, value } = parseBody(SIGN_BODY, call.body);
    const kid = `${call.url.origin}/keys/${call.name}/${key.version}`;
    return { kid, value: keys.sign(key, alg, bytes(value)).toString('base64url') };
  }
  const { alg, digest, value } = parseBody(VERIFY_BODY, call.body);
  return { value: keys.verify(key, alg, bytes(digest), bytes(value)) };
}

async function open(file: VaultFile): Promise<Keys> {
  return new Keys(await file.read(), nowSeconds);
}

async function change({ url, name }: KeyCall, file: VaultFile, make: (keys: Keys) => KeyVersion): Promise<unknown> {
  return formatKey(url, name, await file.change((state) => make(new Keys(state, nowSeconds))));
}

/** The public half. */
function formatKey(url: URL, name: string, key: KeyVersion) {
  const { kty, crv, x, y, n, e } = key.jwk;
  const kid = `${url.origin}/keys/${name}/${key.version}`;
  const parts = kty === 'EC' ? { crv, x, y } : { n, e };
  return { key: { kid, kty, key_ops: ['sign', 'verify'], ...parts }, attributes: attributesOf(key), tags: {} };
}

function attributesOf({ enabled, created, updated }: KeyVersion) {
  return { enabled, created, updated, ...RECOVERY };
}
