import { constants, type KeyObject, sign } from 'node:crypto';

/** A detached JWS of a text as any other party would make it; `header` as given, whatever it says. */
export function signDetached(text: string, header: object, key: KeyObject): string {
  const first = Buffer.from(JSON.stringify(header)).toString('base64url');
  const input = Buffer.from(`${first}.${Buffer.from(text).toString('base64url')}`);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  const options =
    key.asymmetricKeyType === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : { key, padding, saltLength };
  return `${first}..${sign('sha256', input, options).toString('base64url')}`;
}

/** The public half of a key as a route takes it. */
export function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
