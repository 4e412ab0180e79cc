import { TransferError } from '../../domain/errors.ts';
import { type BearerToken, formatBasic, type TokenSource } from '../token-source.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { resolveWithinOrigin } from './origin.ts';

const DEFAULT_TOKEN_LIFETIME_MS = 60_000;
const RENEWAL_MARGIN_MS = 30_000;

interface KeptToken {
  header: string;
  renewAtMs: number;
}

interface BearerScheme {
  kind: 'bearer';
  realm: URL;
  service: string;
}

type Scheme = { kind: 'basic' } | BearerScheme;

const resourceOf = (scope: string) => scope.slice(0, scope.lastIndexOf(':'));

/**
 * Decides the `Authorization` header of each request: none until the registry challenges, then Basic, or a token for
 * the request's scopes, kept until shortly before it expires. Simultaneous requests share one token fetch.
 */
export class Authorizer {
  readonly #endpoint: URL;
  readonly #tokens: TokenSource;
  readonly #signal: AbortSignal | undefined;
  readonly #kept = new Map<string, KeptToken>();
  readonly #fetching = new Map<string, Promise<KeptToken>>();
  #scheme: Scheme | undefined;

  constructor(endpoint: URL, tokens: TokenSource, signal: AbortSignal | undefined) {
    this.#endpoint = endpoint;
    this.#tokens = tokens;
    this.#signal = signal;
  }

  /** The header to send at first, `undefined` while the registry has not asked for one. */
  async headerFor(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#scheme === undefined) return undefined;
    if (this.#scheme.kind === 'basic') return this.#basicHeader();
    const kept = this.#kept.get(keyOf(scopes));
    if (kept !== undefined && kept.renewAtMs > Date.now()) return kept.header;
    return this.#renew(this.#scheme, scopes, scopes, kept?.header);
  }

  /**
   * The header for a second try after a 401, or `undefined` when the challenge cannot be met by anything new.
   * `rejected` is the header that got the 401.
   */
  async answer(
    challenge: string | readonly string[] | undefined,
    scopes: readonly string[],
    rejected: string | undefined,
  ): Promise<string | undefined> {
    const challenges = parseChallenges(challenge);
    const bearer = challenges.find((each) => each.scheme === 'bearer' && each.parameters.has('realm'));
    if (bearer !== undefined) return this.#answerBearer(bearer, scopes, rejected);
    if (!challenges.some((each) => each.scheme === 'basic')) return undefined;
    this.#scheme = { kind: 'basic' };
    const header = await this.#basicHeader();
    return header === rejected ? undefined : header;
  }

  /** Drops the token of these scopes if it is the rejected one, so that the next request gets a new one. */
  forget(scopes: readonly string[], rejected: string | undefined): void {
    if (this.#kept.get(keyOf(scopes))?.header === rejected) this.#kept.delete(keyOf(scopes));
  }

  async #answerBearer(challenge: Challenge, scopes: readonly string[], rejected: string | undefined) {
    const realm = challenge.parameters.get('realm') ?? '';
    const scheme: BearerScheme = {
      kind: 'bearer',
      realm: resolveWithinOrigin(this.#endpoint, this.#endpoint, realm, 'token realm'),
      service: challenge.parameters.get('service') ?? this.#endpoint.host,
    };
    this.#scheme = scheme;
    const asked = (challenge.parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    const resources = new Set(asked.map(resourceOf));
    // A mount's challenge often leaves the repository out that is mounted from.
    const missing = scopes.filter((scope) => !resources.has(resourceOf(scope)));
    return this.#renew(scheme, scopes, [...asked, ...missing], rejected);
  }

  async #renew(
    scheme: BearerScheme,
    key: readonly string[],
    scopes: readonly string[],
    old: string | undefined,
  ): Promise<string> {
    const underWay = this.#fetching.get(keyOf(key));
    if (underWay !== undefined) return (await underWay).header;
    const kept = this.#kept.get(keyOf(key));
    // Another request may have brought a new token since this one was sent.
    if (kept !== undefined && kept.header !== old && kept.renewAtMs > Date.now()) return kept.header;
    const fetching = this.#fetch(scheme, scopes).finally(() => this.#fetching.delete(keyOf(key)));
    this.#fetching.set(keyOf(key), fetching);
    const fetched = await fetching;
    this.#kept.set(keyOf(key), fetched);
    return fetched.header;
  }

  async #fetch(scheme: BearerScheme, scopes: readonly string[]): Promise<KeptToken> {
    const nowMs = Date.now();
    const { token, expiresAtMs = nowMs + DEFAULT_TOKEN_LIFETIME_MS }: BearerToken = await this.#tokens.bearer({
      endpoint: this.#endpoint,
      realm: scheme.realm,
      service: scheme.service,
      scopes,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    });
    const marginMs = Math.min(RENEWAL_MARGIN_MS, (expiresAtMs - nowMs) / 2);
    return { header: `Bearer ${token}`, renewAtMs: expiresAtMs - marginMs };
  }

  async #basicHeader(): Promise<string> {
    const basic = await this.#tokens.basic?.();
    if (basic !== undefined) return formatBasic(basic.username, basic.password);
    throw new TransferError(
      `${this.#endpoint.host} asks for Basic authentication, and this credential has no user name and password; ` +
        'allowed is a registry that challenges with Bearer',
      { class: 'access', code: 'BASIC_REFUSED' },
    );
  }
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}
