import { probeContainerSas } from '../../azure/sas/sas.ts';
import { TransferError } from '../../domain/errors.ts';
import { noteTokenExpiry } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';
import { openSecret, readSidePipeline } from '../side-pipeline.ts';
import { mintToken } from './mint-token.ts';
import { newestFirst } from './pipeline-token.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Clocks differ; a token that starts now may not have started for the storage. */
const START_BACK_MS = 15 * MINUTE_MS;

/**
 * Mints a token, probes it, and publishes it as a new version of the secret; one activity, because a token must not be
 * an activity's output. Twice, or at once: nothing is published when the newest version is not the one that was judged
 * (`replaces`). A token that fails its probe is not published, so the vault's newest version works at every moment.
 */
export const publishSas: Activity<'publishSas'> = async (services, { route: name, side, replaces }) => {
  const route = services.route(name);
  const sideServices = services.side(route, side);
  const { settings } = sideServices;
  const pipeline = await readSidePipeline(services, route, side);
  const secret = openSecret(services, route, pipeline);
  const [newest] = await newestFirst(secret.store, secret.name);
  if (newest && newest.version !== replaces) return { published: false, expiresAt: newest.expiresAt ?? null };
  const nowMs = Date.now();
  const startsAt = new Date(nowMs - START_BACK_MS);
  const expiresAt = new Date(nowMs + settings.sas.days * DAY_MS);
  const { permissions } = pipeline;
  const { token, keyId } = await mintToken(sideServices, { permissions, startsAt, expiresAt });
  await probe(settings.container, token, permissions, pipeline.id);
  const tags = { route: route.name, side, kind: settings.sas.kind, keyId };
  await secret.store.set(secret.name, `?${token}`, { expiresAt, contentType: 'application/x-azure-sas', tags });
  noteTokenExpiry(route.name, side, expiresAt.toISOString());
  return { published: true, expiresAt: expiresAt.toISOString() };
};

async function probe(container: string, token: string, permissions: string, pipelineId: string): Promise<void> {
  const probed = await probeContainerSas(container, token, permissions);
  if (probed.ok) return;
  const message = `The new token for ${pipelineId} may not '${probed.permission}' in ${container}: ${probed.status} ${probed.code}; it was not published.`;
  const { correlationId } = probed;
  throw new TransferError(message, {
    class: 'access',
    code: 'SAS_PROBE_REFUSED',
    ...(correlationId === undefined ? {} : { correlationId }),
  });
}
