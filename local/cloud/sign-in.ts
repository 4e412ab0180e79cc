import { X509Certificate } from 'node:crypto';
import { SecretClient } from '@azure/keyvault-secrets';
import { resourcesOf, SIGN_IN_SECRET } from '../names.ts';
import { issueSignInCertificate } from '../x509.ts';
import type { Operator } from './operator.ts';

const DAY_MS = 86_400_000;
const LIFE_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const TOKEN_REUSE_MS = 3_000_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;

/** The secrets of the source's vault, as the platform team may change them. */
export function openOperatorVault(operator: Operator): SecretClient {
  const getToken = async () => ({
    token: operator.token('https://vault.source.test'),
    expiresOnTimestamp: Date.now() + TOKEN_REUSE_MS,
  });
  return new SecretClient(resourcesOf('source').vaultUrl, { getToken });
}

/**
 * Has the source's vault hold a key and certificate with which the app signs in in another cloud: made at the first
 * start and anew in the last 30 days of its year. Gives the certificate (PEM), which is public; the key stays there.
 */
export async function ensureSignInCertificate(operator: Operator, now = new Date()): Promise<string> {
  const vault = openOperatorVault(operator);
  const found = CERTIFICATE.exec((await readSecret(vault)) ?? '')?.[0];
  const keptUntilMs = now.getTime() + RENEW_BEFORE_DAYS * DAY_MS;
  if (found !== undefined && new X509Certificate(found).validToDate.getTime() > keptUntilMs) return found;
  const notAfter = new Date(now.getTime() + LIFE_DAYS * DAY_MS);
  const { key, cert } = await issueSignInCertificate({ notBefore: new Date(now.getTime() - DAY_MS), notAfter });
  await vault.setSecret(SIGN_IN_SECRET, `${key}${cert}`, {
    contentType: 'application/x-pem-file',
    expiresOn: notAfter,
  });
  return cert;
}

async function readSecret(vault: SecretClient): Promise<string | undefined> {
  try {
    return (await vault.getSecret(SIGN_IN_SECRET)).value;
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return undefined;
    throw error;
  }
}
