import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { RoleMode } from '../../local/access/role-mode.ts';
import type { RoleName } from '../../local/access/roles.ts';
import { localRoute } from '../../local/app/environment.ts';
import { APP_IDENTITY, containerIdOf, OPERATOR_IDENTITY, resourcesOf, storageAccountId } from '../../local/names.ts';
import { instanceIds } from '../../src/domain/names.ts';
import { drop, exportArchive, importsOf, reconcile } from './archives.ts';
import { makeContainer, putPipeline } from './arm.ts';
import { containerOf } from './checked-routes.ts';
import { buildImage, pushImage } from './images.ts';
import { startTestStack, type TestStack } from './stack.ts';

const SIDES = ['source', 'target'] as const;
const REGISTRIES_VERSION = '2025-06-01-preview';
const image = buildImage({ seed: 91, layerSizes: [2_000] });
const kept = { archivesDays: 0, runsDays: 0, reportsDays: 0 };
const sample = localRoute({ retention: kept });
const source = (exportPipeline: string, container: string, more = {}) => ({
  ...sample.source,
  exportPipeline,
  container: containerOf('source', container),
  ...more,
});
const target = (importPipeline: string, container: string) => ({
  ...sample.target,
  importPipeline,
  container: containerOf('target', container),
});
const byKey = (name: string, pipeline: string, more: object) => ({
  ...sample,
  name,
  source: source(pipeline, 'keys', { sas: { days: 30, account: storageAccountId('srcstore'), ...more } }),
});
/** The sample route goes by SAS tokens; these by identities, by an import that deletes, streamed, and by account keys. */
const ROUTES = [
  sample,
  {
    ...sample,
    name: 'identities',
    source: source('byIdentity', 'identities'),
    target: target('byIdentity', 'identities'),
  },
  { ...sample, name: 'deleting', source: source('byIdentity', 'identities'), target: target('deleting', 'deleting') },
  { ...sample, name: 'streamed', copy: { mode: 'stream' } },
  byKey('x-key', 'byAccountKey', { kind: 'accountKey' }),
  byKey('x-policy', 'byStoredPolicy', { kind: 'storedPolicy', policy: 'transfer' }),
];

/** Serves the source alone, and signs its receipts. */
const HANDING = 'handing';
const handing = {
  ...sample,
  name: HANDING,
  serves: 'source',
  target: undefined,
  receiptKeys: { sign: { vault: resourcesOf('source').vaultUrl, key: 'receipts' } },
};

/** A stack with a route of every kind, where every identity has the roles that the templates would give it. */
export async function startPrivilegeStack(): Promise<TestStack> {
  const settings = {
    ROUTES_JSON: JSON.stringify([...ROUTES, handing]),
    SIDE_IDENTITIES_TARGET__blobServiceUri: 'https://tgtstore.blob.target.test',
    SIDE_DELETING_TARGET__blobServiceUri: 'https://tgtstore.blob.target.test',
  };
  const cloud = await startTestStack({ storageAccess: 'SasToken', settings });
  await makePipelines(cloud);
  await makeReceiptKey(cloud);
  const records = containerIdOf('statestore', 'acr-transfer');
  await cloud.operator.unassign('source', APP, 'Storage Blob Data Contributor', records);
  await cloud.operator.assign('source', APP, 'Storage Blob Data Owner', storageAccountId('statestore'));
  await cloud.operator.assign('source', APP, 'Storage Account Key Operator Service Role', storageAccountId('srcstore'));
  return cloud;
}
const APP = APP_IDENTITY.objectId;

async function makeReceiptKey({ operator }: TestStack): Promise<void> {
  const { vaultUrl, vaultId } = resourcesOf('source');
  await operator.assign('source', OPERATOR_IDENTITY.objectId, 'Key Vault Crypto Officer', vaultId);
  await request(`${vaultUrl}/keys/receipts/create?api-version=7.4`, {
    method: 'POST',
    body: JSON.stringify({ kty: 'EC', crv: 'P-256' }),
    headers: { authorization: `Bearer ${operator.token('https://vault.source.test')}` },
  });
  await operator.assign('source', APP, 'Key Vault Crypto User', `${vaultId}/keys/receipts`);
}

async function makePipelines(cloud: TestStack): Promise<void> {
  const { vaultUrl } = resourcesOf('source');
  for (const container of ['identities', 'keys']) await makeContainer(cloud, 'source', container);
  for (const container of ['identities', 'deleting']) await makeContainer(cloud, 'target', container);
  const at = (side: 'source' | 'target', container: string) => ({ uri: containerOf(side, container) });
  await putPipeline(cloud, 'source', 'byIdentity', at('source', 'identities'));
  for (const name of ['byAccountKey', 'byStoredPolicy'])
    await putPipeline(cloud, 'source', name, { ...at('source', 'keys'), keyVaultUri: `${vaultUrl}/secrets/${name}` });
  await putPipeline(cloud, 'target', 'byIdentity', at('target', 'identities'));
  await putPipeline(cloud, 'target', 'deleting', {
    ...at('target', 'deleting'),
    options: ['DeleteSourceBlobOnSuccess'],
  });
  const deleting = await principalOf(cloud, 'importPipelines/deleting');
  const scope = containerIdOf('tgtstore', 'deleting');
  await cloud.operator.unassign('target', deleting, 'Storage Blob Data Reader', scope);
  await cloud.operator.assign('target', deleting, 'Storage Blob Data Contributor', scope);
}

async function principalOf({ operator, route }: TestStack, pipeline: string): Promise<string> {
  const path = `${route.target.registry}/${pipeline}?api-version=${REGISTRIES_VERSION}`;
  const { body } = await operator.arm('target', 'GET', path);
  return (body as { identity: { principalId: string } }).identity.principalId;
}

/** Every role that the app may have on a registry; one way of giving rights assigns some of them. */
const REGISTRY_ROLES: readonly RoleName[] = [
  'ACR Transfer Operator',
  'Container Registry Transfer Pipeline Contributor',
  'Reader',
  'AcrPull',
  'Container Registry Repository Reader',
  'Container Registry Repository Catalog Lister',
];

/** Sets the mode of both registries, and gives the app these roles there and no others. */
export async function useRegistryRoles(
  cloud: TestStack,
  mode: RoleMode,
  roles: readonly RoleName[] | Record<'source' | 'target', readonly RoleName[]>,
): Promise<void> {
  for (const side of SIDES) {
    const { registryId } = resourcesOf(side);
    const path = `${registryId}?api-version=${REGISTRIES_VERSION}`;
    await cloud.operator.arm(side, 'PATCH', path, { properties: { roleAssignmentMode: mode } });
    const wanted = 'source' in roles ? roles[side] : roles;
    for (const role of REGISTRY_ROLES) {
      if (wanted.includes(role)) await cloud.operator.assign(side, APP, role, registryId);
      else await cloud.operator.unassign(side, APP, role, registryId);
    }
  }
}

/** All that the app does on one route: a dry run and a transfer by selectors, and the check of the route. */
async function runRoute(cloud: TestStack, route: string, tag: string, state = 'Succeeded'): Promise<string> {
  await pushImage(cloud.stack.registry('source'), `p/${route}`, tag, image);
  const artifacts = [`p/${route}*/**:${tag} +referrers`];
  const accepted = await cloud.call('/transfers', { body: { route, artifacts } });
  if (accepted.status !== 202) throw new Error(`${route}: ${accepted.status} ${JSON.stringify(accepted.body)}`);
  const document = await cloud.follow(accepted.body.id);
  if (document.state !== state) throw new Error(`${route}: ${JSON.stringify(document)}`);
  const check = await cloud.call(`/routes/${route}/check`, { body: { artifacts: [`p/${route}:${tag}`] } });
  if (check.status !== 200) throw new Error(`${route}: ${check.status} ${JSON.stringify(check.body)}`);
  return document.id;
}

/** All that the app does at all: every route, forced rotations, a landed blob, deletion and retention. */
export async function runEverything(cloud: TestStack): Promise<void> {
  await cloud.rotateTokens();
  const ids: string[] = [];
  for (const { name } of ROUTES) ids.push(await runRoute(cloud, name, 'v1'));
  for (const { name } of ROUTES) await rotate(cloud, name);
  await runRoute(cloud, HANDING, 'v1', 'HandedOver');
  await drop(cloud, 'landed.tar', await exportArchive(cloud, { repository: 'p/landed', blob: 'landed.tar', image }));
  await importsOf(cloud, 'landed.tar');
  await reconcile(cloud);
  await deleteTransfer(cloud, ids[0] ?? '');
  await cloud.runTimer('retentionTimer');
  for (const id of ids.slice(1)) {
    while ((await cloud.instanceStatus(instanceIds.delete(id))) !== 'Completed') await sleep(100);
  }
}

async function rotate(cloud: TestStack, route: string): Promise<void> {
  const { body } = await cloud.call(`/routes/${route}/rotate-sas`, { body: { force: true } });
  for (const { id } of body.rotations) {
    while (id !== null && (await cloud.instanceStatus(id)) !== 'Completed') await sleep(100);
  }
}

/** The same for one route, and what it left is deleted. */
export async function runAndDelete(cloud: TestStack, route: string, tag: string): Promise<void> {
  await deleteTransfer(cloud, await runRoute(cloud, route, tag));
}

async function deleteTransfer(cloud: TestStack, id: string): Promise<void> {
  await cloud.call(`/transfers/${id}`, { method: 'DELETE' });
  while ((await cloud.instanceStatus(instanceIds.delete(id))) !== 'Completed') await sleep(100);
}
