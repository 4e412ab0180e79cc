import { parseSecretUri } from '../../azure/key-vault.ts';
import { readStoredPolicy } from '../../azure/sas/account-key-sas.ts';
import { probeContainerSas } from '../../azure/sas/sas.ts';
import { type Check, hasFault } from '../../domain/checks/check.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { has } from '../../domain/checks/pipeline-checks.ts';
import { judgePolicy } from '../../domain/checks/policy-checks.ts';
import { judgeProbe } from '../../domain/checks/probe-check.ts';
import { judgeSecret, judgeSecretUri } from '../../domain/checks/secret-checks.ts';
import { judgeToken } from '../../domain/checks/token-checks.ts';
import { inspectSas, neededPermissions, type SasFacts } from '../../domain/sas/sas.ts';
import { openWithKey } from '../sas/mint-token.ts';
import { type Look, look, type Place } from './look.ts';
import type { PipelineView } from './pipeline.ts';

/** The checks of a token, and its kind where it is one. */
export interface SecretLook {
  checks: Check[];
  kind?: SasFacts['kind'];
}

/** From `keyVaultUri` to a token that was tried out. Nothing where the pipeline uses its identity. */
export async function checkSecret(place: Place, pipeline: Look<PipelineView | undefined>): Promise<SecretLook> {
  const found = pipeline.ok ? pipeline.value : undefined;
  if (!found?.usesToken) return { checks: [] };
  const { side, own, now } = place;
  const { vaultSuffix } = own.settings.cloud;
  const { keyVaultUri } = found;
  const location = parseSecretUri(keyVaultUri, vaultSuffix);
  const form = judgeSecretUri(side, { keyVaultUri, vaultSuffix, location });
  if (!location) return { checks: form };
  const secret = await look(() => own.vault(location.vaultUrl).get(location.name, location.version));
  if (!secret.ok && secret.failure.code === 'SecretDisabled') {
    return { checks: [...form, ...judgeSecret(side, keyVaultUri, { state: 'disabled' }, now)] };
  }
  if (!secret.ok) return { checks: [...form, failedLook(side, `secret ${keyVaultUri}`, secret.failure)] };
  if (!secret.value) return { checks: [...form, ...judgeSecret(side, keyVaultUri, { state: 'missing' }, now)] };
  const { value, expiresAt } = secret.value;
  const token = await checkToken(place, found, value);
  return {
    ...token,
    checks: [...form, ...judgeSecret(side, keyVaultUri, { state: 'found', expiresAt }, now), ...token.checks],
  };
}

/** A token whose text is in order is tried out with itself alone: what the text says may not be what it is worth. */
async function checkToken(place: Place, pipeline: PipelineView, token: string): Promise<SecretLook> {
  const { side, own, now } = place;
  const deletesSource = has(pipeline.options, 'DeleteSourceBlobOnSuccess');
  const needed = neededPermissions(side === 'source' ? 'export' : 'import', deletesSource);
  const checks = judgeToken({ side, token, needed, now });
  const facts = inspectSas(token);
  if (!facts) return { checks };
  const { kind } = facts;
  if (facts.policy !== null) checks.push(...(await checkPolicy(place, needed)));
  if (hasFault(checks)) return { checks, kind };
  const probe = await look(() => probeContainerSas(own.settings.container, token.trim(), needed));
  if (!probe.ok)
    return { checks: [...checks, failedLook(side, 'the container, with the token,', probe.failure)], kind };
  // A container that is not there has a check of its own, and says nothing about the token.
  if (!probe.value.ok && probe.value.status === 404) return { checks, kind };
  const isOpenToApp = (await look(() => own.container.exists())).ok;
  return { checks: [...checks, judgeProbe(side, probe.value, { kind, isOpenToApp })], kind };
}

/** The policy that a token leaves its end to. Only an account key opens it: nothing where the route has none. */
async function checkPolicy({ side, own, now }: Place, needed: string): Promise<Check[]> {
  const { sas } = own.settings;
  if (sas.kind !== 'storedPolicy') return [];
  const policy = await look(async () => readStoredPolicy((await openWithKey(own)).container, sas.policy));
  if (!policy.ok) return [failedLook(side, `stored access policy ${sas.policy}`, policy.failure)];
  return judgePolicy(side, { policy: policy.value, needed, now });
}
