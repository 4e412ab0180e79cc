import type { SecretStore, SecretVersion } from '../../azure/key-vault.ts';
import { readStoredPolicy } from '../../azure/sas/account-key-sas.ts';
import { probeContainerSas } from '../../azure/sas/sas.ts';
import { TransferError } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import { decideRotation, type RotationDecision } from '../../domain/sas/rotation.ts';
import { decidePolicyRotation } from '../../domain/sas/stored-policy.ts';
import type { Services, SideServices } from '../services.ts';
import { openSecret, type SidePipeline } from '../side-pipeline.ts';
import { openWithKey } from './mint-token.ts';

/** A pipeline's token as judged; the token itself stays inside this room. */
export interface JudgedToken {
  decision: RotationDecision;
  /** The secret's newest version, enabled or not; `null` when there is none. */
  newestVersion: string | null;
  /** The version that `keyVaultUri` names: a newer one would not be used. `null` when it names none, as it should. */
  pinnedVersion: string | null;
}

/**
 * Reads a pipeline's SAS token, judges what it says of itself, and where that is fine asks the storage: a token whose
 * account key was regenerated looks as good as ever. `pipeline` must use a token.
 */
export async function judgeToken(services: Services, route: Route, pipeline: SidePipeline): Promise<JudgedToken> {
  const { store, name, version } = openSecret(services, route, pipeline);
  const common = { newestVersion: (await newestOf(store, name)) ?? null, pinnedVersion: version ?? null };
  const read = await readToken(store, name, version);
  if ('disabled' in read) {
    const reason = 'The version of the secret that the pipeline reads is disabled.';
    return { ...common, decision: { state: 'Broken', code: 'SECRET_DISABLED', reason } };
  }
  const own = await judge(services.side(route, pipeline.side), pipeline.permissions, read.token);
  const decision =
    read.token !== undefined && isUsable(own) ? await probe(services, route, pipeline, read.token, own) : own;
  return { ...common, decision };
}

/** Judges by the token, and by the stored access policy where the route's tokens are made with one. */
async function judge(side: SideServices, needed: string, token: string | undefined): Promise<RotationDecision> {
  const now = new Date();
  const own = decideRotation({ token, needed, now });
  const { sas } = side.settings;
  if (sas.kind !== 'storedPolicy' || !isUsable(own)) return own;
  const { container } = await openWithKey(side);
  return decidePolicyRotation({ policy: await readStoredPolicy(container, sas.policy), needed, now });
}

/** Versions newest first. Times are whole seconds, so the one that the vault hands out counts as the newest. */
export async function newestFirst(store: SecretStore, name: string): Promise<SecretVersion[]> {
  const versions: SecretVersion[] = [];
  for await (const version of store.listVersions(name)) versions.push(version);
  const read = await readToken(store, name, undefined);
  const rank = ({ version, createdAt = '' }: SecretVersion) =>
    `${createdAt}${'version' in read && read.version === version ? '+' : ''}`;
  return versions.sort((left, right) => (rank(left) < rank(right) ? 1 : -1));
}

async function newestOf(store: SecretStore, name: string): Promise<string | undefined> {
  return (await newestFirst(store, name))[0]?.version;
}

async function readToken(
  store: SecretStore,
  name: string,
  version: string | undefined,
): Promise<{ token: string | undefined; version: string | undefined } | { disabled: true }> {
  try {
    const secret = await store.get(name, version);
    return { token: secret?.value, version: secret?.version };
  } catch (error) {
    if (error instanceof TransferError && error.code === 'SecretDisabled') return { disabled: true };
    throw error;
  }
}

function isUsable({ state }: RotationDecision): boolean {
  return state === 'Fresh' || state === 'Due';
}

async function probe(
  services: Services,
  route: Route,
  pipeline: SidePipeline,
  token: string,
  own: RotationDecision,
): Promise<RotationDecision> {
  const { container } = services.side(route, pipeline.side).settings;
  const probed = await probeContainerSas(container, token, pipeline.permissions);
  if (probed.ok) return own;
  const reason = `Storage refuses '${probed.permission}' in ${container}: ${probed.status} ${probed.code}.`;
  return { state: 'Broken', code: 'SAS_REFUSED', reason };
}
