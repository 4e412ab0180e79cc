import { judgeRegistry, judgeRegistryExists } from '../../../../src/domain/checks/registry-checks.ts';

const GOOD = {
  id: '/registries/contoso',
  sku: 'Premium',
  provisioningState: 'Succeeded',
  roleAssignmentMode: 'LegacyRegistryPermissions',
  publicNetworkAccess: 'Enabled',
  exportPolicy: 'enabled',
};
const UNSAID = { provisioningState: undefined, roleAssignmentMode: undefined, publicNetworkAccess: undefined };
const wrong = (change: object, side: 'source' | 'target' = 'source') =>
  judgeRegistry(side, { ...GOOD, ...change }).filter(({ status }) => status !== 'ok');

describe('judgeRegistry', () => {
  it('finds nothing wrong with a good registry, nor with one that leaves out what has a default', () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ ...UNSAID, exportPolicy: undefined })).toEqual([]);
  });

  it.each([
    [
      { sku: 'Standard' },
      'REGISTRY_NOT_PREMIUM',
      'fault',
      'Change the registry to the Premium tier: only that has pipelines.',
    ],
    [
      { provisioningState: 'Updating' },
      'REGISTRY_NOT_READY',
      'fault',
      'Wait until the change of the registry has ended; if it failed, see its activity log.',
    ],
    [
      { roleAssignmentMode: 'AbacRepositoryPermissions' },
      'REGISTRY_ROLE_MODE',
      'warning',
      'Give the app Container Registry Repository Reader: AcrPull does not count in a registry of this mode.',
    ],
    [
      { publicNetworkAccess: 'Disabled' },
      'REGISTRY_NETWORK_CLOSED',
      'warning',
      'Let the app reach the registry through a private endpoint, or enable public network access.',
    ],
    [
      { exportPolicy: 'disabled' },
      'EXPORT_POLICY_DISABLED',
      'fault',
      'Enable policies.exportPolicy of the source registry; it must be on while an export pipeline exists.',
    ],
  ])('finds %j: %s', (change, code, status, remedy) => {
    expect(wrong(change)).toEqual([expect.objectContaining({ code, status, remedy, side: 'source' })]);
  });

  it('does not ask the target for an export policy', () => {
    expect(wrong({ exportPolicy: 'disabled' }, 'target')).toEqual([]);
  });
});

describe('judgeRegistryExists', () => {
  it('names the key of the route to correct', () => {
    expect(judgeRegistryExists('target', '/r', false)).toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
      status: 'fault',
      remedy: 'Correct target.registry of the route, or create the registry.',
    });
    expect(judgeRegistryExists('target', '/r', true).status).toBe('ok');
  });
});
