import type { Check } from '../../domain/checks/check.ts';
import { judgeAppRight } from '../../domain/checks/container-checks.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { judgeRegistry, judgeRegistryExists } from '../../domain/checks/registry-checks.ts';
import { look, type Place } from './look.ts';

const ABSENT = new Set(['ResourceNotFound', 'ResourceGroupNotFound', 'SubscriptionNotFound', 'HTTP_404']);
/** Reading a manifest of it needs the right to read, and gives "not found" to who has it. */
const PROBE = { repository: 'acr-transfer-check', tag: 'none' };

/** The registry in ARM, and whether the app may read its data plane. */
export async function checkRegistry({ side, own }: Place): Promise<Check[]> {
  const id = own.settings.registry;
  const registry = await look(() => own.pipelines.getRegistry());
  if (!registry.ok) {
    const isAbsent = ABSENT.has(registry.failure.code);
    return [isAbsent ? judgeRegistryExists(side, id, false) : failedLook(side, `registry ${id}`, registry.failure)];
  }
  const { sku, provisioningState, roleAssignmentMode, publicNetworkAccess, exportPolicy } = registry.value;
  const facts = { id, sku, provisioningState, roleAssignmentMode, publicNetworkAccess, exportPolicy };
  const dataPlane = await look(async () => (await own.registry()).resolve(PROBE.repository, PROBE.tag));
  const isDenied = !dataPlane.ok && dataPlane.failure.class === 'access';
  const right =
    dataPlane.ok || isDenied
      ? judgeAppRight(side, 'APP_REGISTRY_DENIED', dataPlane.ok ? undefined : dataPlane.failure.message)
      : failedLook(side, `registry ${registry.value.loginServer}`, dataPlane.failure);
  return [judgeRegistryExists(side, id, true), ...judgeRegistry(side, facts), right];
}
