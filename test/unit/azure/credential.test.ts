import { createCredential, createStateCredential } from '../../../src/azure/credential.ts';
import { KNOWN_CLOUDS } from '../../../src/domain/cloud.ts';

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

  it('keeps the state apart from the sides', () => {
    expect(createStateCredential(undefined)).toBe(createStateCredential(undefined));
    expect(createStateCredential('c1')).not.toBe(createCredential(side('t1', 'c1')));
  });
});
