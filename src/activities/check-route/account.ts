import { listRoleAssignments } from '../../azure/arm/role-assignments.ts';
import type { StorageAccount } from '../../azure/arm/storage-account.ts';
import type { Check } from '../../domain/checks/check.ts';
import { assignmentsUnreadable, judgeStorageRole } from '../../domain/checks/identity-checks.ts';
import { accountUnreadable, judgeAccount } from '../../domain/checks/network-checks.ts';
import { has } from '../../domain/checks/pipeline-checks.ts';
import { isSameContainer } from '../../domain/container-url.ts';
import { containerOf } from '../../domain/route/route.ts';
import type { SasFacts } from '../../domain/sas/sas.ts';
import { type Look, look, type Place } from './look.ts';
import type { PipelineView } from './pipeline.ts';

/** The storage account of a side, as far as the app may see it in ARM. */
export function findAccount({ own }: Place): Promise<Look<StorageAccount | undefined>> {
  return look(() => own.accounts.find(containerOf(own.settings).account));
}

/** What the account's settings mean for a token of this kind. */
export function checkAccount(
  { side, own }: Place,
  found: Look<StorageAccount | undefined>,
  kind: SasFacts['kind'] | undefined,
): Check[] {
  const { account } = containerOf(own.settings);
  if (!found.ok) return [accountUnreadable(side, account, found.failure.code)];
  if (!found.value) return [accountUnreadable(side, account, "it is not among those in the registry's subscription")];
  const { id, publicNetworkAccess, defaultAction, allowsSharedKey } = found.value;
  return judgeAccount(side, { id, publicNetworkAccess, defaultAction, allowsSharedKey }, kind);
}

/** The role of a pipeline's identity on the container, where the pipeline uses that. */
export async function checkStorageRole(
  { side, own }: Place,
  pipeline: PipelineView,
  account: Look<StorageAccount | undefined>,
): Promise<Check[]> {
  const { principalIds, options } = pipeline;
  // A container that is not the route's is another check's to tell; a role on it says nothing here.
  if (principalIds.length === 0 || !isSameContainer(pipeline.uri ?? '', own.settings.container)) return [];
  const id = account.ok ? account.value?.id : undefined;
  if (id === undefined) return [assignmentsUnreadable(side, own.settings.container, 'its account is not known')];
  const found = await look(() =>
    Promise.all(
      principalIds.map((principalId) =>
        listRoleAssignments(own.settings, own.credential, { scope: id, principalId, name: side }),
      ),
    ),
  );
  if (!found.ok) return [assignmentsUnreadable(side, id, found.failure.code)];
  const writes = side === 'source' || has(options, 'DeleteSourceBlobOnSuccess');
  const containerId = `${id}/blobServices/default/containers/${containerOf(own.settings).container}`;
  const facts = { side, principalIds, assignments: found.value.flat() };
  return [judgeStorageRole(facts, containerId, writes ? 'storageWrite' : 'storageRead')];
}
