/**
 * The `exp` claim of a JWT in epoch milliseconds, or `undefined` when the token is none or has none. Nothing is
 * verified: it only tells when to ask for the next one.
 */
export function jwtExpiryMs(token: string): number | undefined {
  const [, payload] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
    const exp = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
