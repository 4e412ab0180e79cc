import type { Side } from '../errors.ts';
import { type Check, judge } from './check.ts';

/** A registry as its checks see it; texts in the service's spelling. */
export interface RegistryFacts {
  id: string;
  sku: string;
  provisioningState: string | undefined;
  /** `LegacyRegistryPermissions` or `AbacRepositoryPermissions`; absent means the former. */
  roleAssignmentMode: string | undefined;
  publicNetworkAccess: string | undefined;
  exportPolicy: string | undefined;
}

/** That a registry is there. */
export function judgeRegistryExists(side: Side, id: string, exists: boolean): Check {
  return judge({
    code: 'REGISTRY_NOT_FOUND',
    side,
    holds: exists,
    found: exists ? id : `no registry ${id}`,
    needed: 'a registry under the id that the route names',
    remedy: `Correct ${side}.registry of the route, or create the registry.`,
  });
}

/** Tier, state, role mode, network and (source) export policy of a registry. */
export function judgeRegistry(side: Side, facts: RegistryFacts): Check[] {
  const checks = [judgeTier(side, facts), judgeState(side, facts), judgeRoleMode(side, facts)];
  checks.push(judgeNetwork(side, facts));
  return side === 'source' ? [...checks, judgeExportPolicy(facts)] : checks;
}

function judgeTier(side: Side, { sku }: RegistryFacts): Check {
  return judge({
    code: 'REGISTRY_NOT_PREMIUM',
    side,
    holds: sku === 'Premium',
    found: `tier ${sku || 'unknown'}`,
    needed: 'tier Premium',
    remedy: 'Change the registry to the Premium tier: only that has pipelines.',
  });
}

function judgeState(side: Side, { provisioningState = 'Succeeded' }: RegistryFacts): Check {
  return judge({
    code: 'REGISTRY_NOT_READY',
    side,
    holds: provisioningState === 'Succeeded',
    found: `provisioningState ${provisioningState}`,
    needed: 'provisioningState Succeeded',
    remedy: 'Wait until the change of the registry has ended; if it failed, see its activity log.',
  });
}

function judgeRoleMode(side: Side, { roleAssignmentMode = 'LegacyRegistryPermissions' }: RegistryFacts): Check {
  return judge({
    code: 'REGISTRY_ROLE_MODE',
    side,
    holds: !/abac/i.test(roleAssignmentMode),
    otherwise: 'warning',
    found: `roleAssignmentMode ${roleAssignmentMode}`,
    needed: 'roles that count in this mode',
    remedy: 'Give the app Container Registry Repository Reader: AcrPull does not count in a registry of this mode.',
  });
}

function judgeNetwork(side: Side, { publicNetworkAccess = 'Enabled' }: RegistryFacts): Check {
  return judge({
    code: 'REGISTRY_NETWORK_CLOSED',
    side,
    holds: publicNetworkAccess !== 'Disabled',
    otherwise: 'warning',
    found: `publicNetworkAccess ${publicNetworkAccess}`,
    needed: 'a way from the app to the registry',
    remedy: 'Let the app reach the registry through a private endpoint, or enable public network access.',
  });
}

function judgeExportPolicy({ exportPolicy = 'enabled' }: RegistryFacts): Check {
  return judge({
    code: 'EXPORT_POLICY_DISABLED',
    side: 'source',
    holds: exportPolicy !== 'disabled',
    found: `exportPolicy ${exportPolicy}`,
    needed: 'exportPolicy enabled',
    remedy: 'Enable policies.exportPolicy of the source registry; it must be on while an export pipeline exists.',
  });
}
