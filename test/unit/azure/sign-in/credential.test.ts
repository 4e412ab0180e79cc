import { createCredential, createStateCredential } from '../../../../src/azure/sign-in/credential.ts';
import { federationAudience } from '../../../../src/azure/sign-in/federated-credential.ts';
import { KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';

const side = (tenantId: string, clientId?: string) => ({
  tenantId,
  cloud: KNOWN_CLOUDS.AzurePublic,
  credential: { type: 'managedIdentity' as const, clientId },
});

describe('createCredential', () => {
  it('gives sides that sign in alike one object, which caches its tokens', () => {
    expect(createCredential(side('t1', 'c1'))).toBe(createCredential(side('t1', 'c1')));
    expect(createCredential(side('t1', 'c1'))).not.toBe(createCredential(side('t1', 'c2')));
    expect(createCredential(side('t1', 'c1'))).not.toBe(createCredential(side('t2', 'c1')));
    expect(createCredential(side('t1'))).not.toBe(createCredential(side('t1', 'c1')));
  });

  it('tells applications, secrets and identities of one tenant apart', () => {
    const { tenantId, cloud } = side('t3');
    const federated = (clientId: string, identityClientId?: string) =>
      createCredential({ tenantId, cloud, credential: { type: 'federated', clientId, identityClientId } });
    const certificate = (secret: string) => {
      const vault = 'https://v.vault.azure.net';
      return createCredential({ tenantId, cloud, credential: { type: 'certificate', clientId: 'a', vault, secret } });
    };
    const all = [federated('a'), federated('b'), federated('a', 'i'), certificate('s'), certificate('t')];
    expect(new Set(all).size).toBe(all.length);
    expect(federated('a', 'i')).toBe(all[2]);
    expect(certificate('t')).toBe(all[4]);
  });

  it('keeps the state apart from the sides', () => {
    expect(createStateCredential(undefined)).toBe(createStateCredential(undefined));
    expect(createStateCredential('c1')).not.toBe(createCredential(side('t1', 'c1')));
  });
});

describe('federationAudience', () => {
  it.each([
    ['AzurePublic', 'api://AzureADTokenExchange'],
    ['AzureUSGovernment', 'api://AzureADTokenExchangeUSGov'],
    ['AzureChina', 'api://AzureADTokenExchangeChina'],
  ] as const)('of %s is %s', (name, audience) => {
    expect(federationAudience(KNOWN_CLOUDS[name].authorityHost)).toBe(audience);
  });
});
