import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { ClientCertificateCredential } from '@azure/identity';
import { openVault, type SecretStore } from '../key-vault.ts';
import { parseSignInCertificate } from './sign-in-certificate.ts';
import { faultOnTheWay, SignInError } from './sign-in-error.ts';

/** How long a certificate is used before its secret is looked at again: a renewed one is found well before its end. */
const LOOK_AGAIN_MS = 3_600_000;

export interface CertificateOptions {
  tenantId: string;
  clientId: string;
  /** Origin of the vault, in the app's own cloud. */
  vault: string;
  secret: string;
  /** The app's identity, which reads the secret. */
  identity: TokenCredential;
  /** Options of the SDK's credential: authority host, retries. */
  sdk: ConstructorParameters<typeof ClientCertificateCredential>[3];
}

interface Kept {
  version: string;
  expiresAtMs: number;
  readAtMs: number;
  credential: TokenCredential;
}

/**
 * Signs in as an application with a certificate whose private key is in a vault. The secret is read at the first
 * token, again every hour, when the certificate has expired and when a sign-in is refused; a new version is used at
 * once. The key stays in memory. Throws {@link SignInError}s and what the SDK throws.
 */
export class CertificateCredential implements TokenCredential {
  readonly #options: CertificateOptions;
  readonly #vault: SecretStore;
  #kept: Kept | undefined;
  #reading: Promise<Kept> | undefined;

  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#vault = openVault(options.vault, options.identity);
  }

  async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
    const kept = await this.#current();
    try {
      return await kept.credential.getToken(scopes, options);
    } catch (error) {
      if (faultOnTheWay(error).class !== 'access') throw error;
      const renewed = await this.#read().catch(() => kept);
      if (renewed.version === kept.version) throw error;
      return renewed.credential.getToken(scopes, options);
    }
  }

  async #current(): Promise<Kept> {
    const kept = this.#kept;
    const nowMs = Date.now();
    if (kept && kept.expiresAtMs > nowMs) {
      if (nowMs - kept.readAtMs < LOOK_AGAIN_MS) return kept;
      // A vault that does not answer now is no reason to stop using what is still good.
      return this.#read().catch(() => kept);
    }
    return this.#read();
  }

  /** Parallel callers share one read. */
  #read(): Promise<Kept> {
    this.#reading ??= this.#fetch().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #fetch(): Promise<Kept> {
    const { vault, secret, tenantId, clientId, sdk } = this.#options;
    const where = `${vault}/secrets/${secret}`;
    const found = await this.#vault.get(secret).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new SignInError(`the certificate could not be read: ${message}`, faultOnTheWay(error), error);
    });
    if (!found) throw certificateFault('CERTIFICATE_NOT_FOUND', `there is no certificate at ${where}`);
    const readAtMs = Date.now();
    if (this.#kept?.version === found.version && this.#kept.expiresAtMs > readAtMs) {
      this.#kept = { ...this.#kept, readAtMs };
      return this.#kept;
    }
    const { pem, thumbprint, startsAt, expiresAt } = parse(found.value, where);
    const name = `the certificate at ${where} (version ${found.version}, thumbprint ${thumbprint})`;
    if (expiresAt.getTime() <= readAtMs) {
      throw certificateFault('CERTIFICATE_EXPIRED', `${name} expired at ${expiresAt.toISOString()}`);
    }
    if (startsAt.getTime() > readAtMs) {
      throw certificateFault('CERTIFICATE_NOT_YET_VALID', `${name} is valid from ${startsAt.toISOString()}`);
    }
    const credential = new ClientCertificateCredential(tenantId, clientId, { certificate: pem }, sdk);
    this.#kept = { version: found.version, expiresAtMs: expiresAt.getTime(), readAtMs, credential };
    return this.#kept;
  }
}

function parse(value: string, where: string) {
  try {
    return parseSignInCertificate(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw certificateFault('CERTIFICATE_NOT_USABLE', `the secret at ${where} holds ${error.message}`);
  }
}

function certificateFault(code: string, message: string): SignInError {
  return new SignInError(message, { class: 'access', code });
}
