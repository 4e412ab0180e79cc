import { generateKeyPairSync } from 'node:crypto';
import { judgeAssertion } from '../../../../local/login/assertion.ts';
import { TENANTS } from '../../../../local/names.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';

function authority(): TokenAuthority {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new TokenAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

const issuer = authority();
const impostor = authority();
const trust = {
  issuer: issuer.issuer,
  subject: 'app-identity',
  audience: 'api://AzureADTokenExchange',
  keys: [issuer.publicJwk],
};
const application = { clientId: 'c', objectId: 'o', federatedCredentials: [trust] };
const claims = { aud: trust.audience, oid: trust.subject };

function codeOf(assertion: string, nowMs = Date.now()): number | undefined {
  return judgeAssertion(assertion, { application, audiences: [], nowMs })?.code;
}

describe('a federated assertion', () => {
  it('is good where issuer, subject, audience and key are those of a federated credential', () => {
    expect(codeOf(issuer.mint(claims))).toBeUndefined();
  });

  it('is refused with the code for what does not match', () => {
    expect(codeOf(issuer.mint({ ...claims, oid: 'other' }))).toBe(700213);
    expect(codeOf(issuer.mint({ ...claims, aud: 'https://storage.azure.com' }))).toBe(700212);
    const elsewhere = new TokenAuthority(
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
      { tenantId: TENANTS.target },
    );
    expect(codeOf(elsewhere.mint(claims))).toBe(700211);
  });

  it('is refused when another key signed it, whatever it says', () => {
    expect(codeOf(impostor.mint(claims))).toBe(50013);
  });

  it('is refused after its end', () => {
    expect(codeOf(issuer.mint(claims, 60), Date.now() + 400_000)).toBe(700024);
  });

  it.each(['', 'a.b', 'a.b.c', `${issuer.mint(claims)}.more`])('is no token: %#', (text) => {
    expect(codeOf(text)).toBe(50027);
  });
});
