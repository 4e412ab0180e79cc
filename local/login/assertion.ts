import { constants, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Application, FederatedCredential } from './application.ts';
import { invalidClient, type LoginError } from './login-error.ts';

const HEADER = z.looseObject({
  alg: z.enum(['RS256', 'PS256']),
  x5t: z.string().optional(),
  'x5t#S256': z.string().optional(),
});
const CLAIMS = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
});

interface Assertion {
  header: z.infer<typeof HEADER>;
  claims: z.infer<typeof CLAIMS>;
  signed: Buffer;
  signature: Buffer;
}

export interface AssertionContext {
  application: Application;
  /** What a certificate's assertion must be for: the token endpoint, or the tenant's issuer. */
  audiences: readonly string[];
  nowMs: number;
}

const CLOCK_SKEW_SECONDS = 300;

/**
 * Why a client assertion does not prove that the caller is the application, or `undefined`: it does. One whose header
 * names a certificate is the application's own; any other is a token of an issuer that the application trusts.
 */
export function judgeAssertion(text: string, context: AssertionContext): LoginError | undefined {
  const assertion = parseAssertion(text);
  if (!assertion) return invalidClient(50027, 'Invalid JWT token. The token is malformed.');
  const { header } = assertion;
  const thumbprint = header['x5t#S256'] ?? header.x5t;
  return thumbprint === undefined
    ? judgeFederated(assertion, context)
    : judgeCertificate(assertion, thumbprint, context);
}

function judgeCertificate(
  assertion: Assertion,
  thumbprint: string,
  { application, audiences, nowMs }: AssertionContext,
): LoginError | undefined {
  const { claims } = assertion;
  const found = findCertificate(application, thumbprint);
  const shown = Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase();
  if (!found) {
    return invalidClient(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${shown}', Application: '${application.clientId}']`,
    );
  }
  if (found.validToDate.getTime() <= nowMs) {
    return invalidClient(
      700027,
      `The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Thumbprint of key used by client: '${shown}', Found key 'Start=${found.validFromDate.toISOString()}, End=${found.validToDate.toISOString()}']`,
    );
  }
  if (!isSignedBy(assertion, found.publicKey)) {
    return invalidClient(
      700027,
      `Client assertion failed signature validation. [Reason - The signature does not match., Thumbprint of key used by client: '${shown}']`,
    );
  }
  if (claims.iss !== application.clientId || claims.sub !== application.clientId) {
    return invalidClient(700021, `Client assertion application identifier doesn't match 'client_id' parameter.`);
  }
  if (!audiences.includes(claims.aud)) {
    return invalidClient(700023, `Client assertion audience claim does not match Realm issuer. ${claims.aud}`);
  }
  return judgeTimes(assertion, nowMs);
}

function judgeFederated(assertion: Assertion, { application, nowMs }: AssertionContext): LoginError | undefined {
  const { iss, sub, aud } = assertion.claims;
  const none = (code: number, what: string, value: string) =>
    invalidClient(
      code,
      `No matching federated identity record found for presented assertion ${what} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  const ofIssuer = (application.federatedCredentials ?? []).filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) return none(700211, 'issuer', iss);
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
  if (ofSubject.length === 0) return none(700213, 'subject', sub);
  const found = ofSubject.find(({ audience }) => audience === aud);
  if (!found) return none(700212, 'audience', aud);
  if (!isSignedByIssuer(assertion, found)) {
    return invalidClient(50013, 'Assertion failed signature validation. [Reason - The key was not found.]');
  }
  return judgeTimes(assertion, nowMs);
}

function judgeTimes({ claims }: Assertion, nowMs: number): LoginError | undefined {
  const now = nowMs / 1000;
  if ((claims.nbf ?? 0) <= now + CLOCK_SKEW_SECONDS && now - CLOCK_SKEW_SECONDS < claims.exp) return undefined;
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return invalidClient(
    700024,
    `Client assertion is not within its valid time range. Current time: ${time(now)}, expiry time of assertion ${time(claims.exp)}.`,
  );
}

function findCertificate(application: Application, thumbprint: string): X509Certificate | undefined {
  const wanted = Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase();
  return (application.certificates ?? [])
    .map((pem) => new X509Certificate(pem))
    .find((one) => [one.fingerprint256, one.fingerprint].some((print) => print.replaceAll(':', '') === wanted));
}

function isSignedByIssuer(assertion: Assertion, { keys }: FederatedCredential): boolean {
  return keys.some((key) => isSignedBy(assertion, createPublicKey({ key, format: 'jwk' })));
}

function isSignedBy({ header, signed, signature }: Assertion, key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false;
  const padding = header.alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const salt = header.alg === 'PS256' ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
  return verify('sha256', signed, { key, padding, ...salt }, signature);
}

function parseAssertion(text: string): Assertion | undefined {
  const [head = '', payload = '', signature = '', ...rest] = text.split('.');
  const header = HEADER.safeParse(decode(head));
  const claims = CLAIMS.safeParse(decode(payload));
  if (rest.length > 0 || !header.success || !claims.success) return undefined;
  const signed = Buffer.from(`${head}.${payload}`);
  return { header: header.data, claims: claims.data, signed, signature: Buffer.from(signature, 'base64url') };
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
