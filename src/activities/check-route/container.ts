import { mintContainerSas } from '../../azure/sas/sas.ts';
import type { Check } from '../../domain/checks/check.ts';
import {
  type AppRight,
  judgeAppRight,
  judgeContainerExists,
  judgeContainerShared,
} from '../../domain/checks/container-checks.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { isSameContainer } from '../../domain/container-url.ts';
import { pipelineIdOf } from '../../domain/route/route.ts';
import { type Look, look, type Place } from './look.ts';
import type { PipelineView } from './pipeline.ts';

/** One name for all checks, so that what is never committed does not pile up. */
const PROBE_BLOB = 'acr-transfer-check';
const PROBE_BLOCK = Buffer.from('check').toString('base64');
const MINUTE_MS = 60_000;

/** The container, the pipelines that use it, and what the app may do with it. */
export async function checkContainer(place: Place, pipeline: Look<PipelineView | undefined>): Promise<Check[]> {
  const usesToken = pipeline.ok && pipeline.value?.usesToken === true;
  const [own, shared] = await Promise.all([checkOwn(place, usesToken), checkShared(place)]);
  return [...own, shared];
}

async function checkOwn(place: Place, usesToken: boolean): Promise<Check[]> {
  const { side, own } = place;
  const { container } = own.settings;
  const exists = await look(() => own.container.exists());
  if (!exists.ok) return [judgeRight(place, 'APP_READ_DENIED', exists)];
  if (!exists.value) return [judgeContainerExists(side, container, false)];
  const [read, signed, written] = await Promise.all([
    look(() => own.container.list(PROBE_BLOB)[Symbol.asyncIterator]().next()),
    signs(place, usesToken) ? look(() => signToken(place)) : undefined,
    side === 'target' ? look(() => own.container.stageBlock(PROBE_BLOB, PROBE_BLOCK, new Uint8Array(1))) : undefined,
  ]);
  const rights = [judgeRight(place, 'APP_READ_DENIED', read)];
  if (signed) rights.push(judgeRight(place, 'APP_DELEGATION_DENIED', signed));
  if (written) rights.push(judgeRight(place, 'APP_WRITE_DENIED', written));
  return [judgeContainerExists(side, container, true), ...rights];
}

/** The app signs what the target reads of the source, and the tokens of pipelines where the route says so. */
function signs({ side, own }: Place, usesToken: boolean): boolean {
  return side === 'source' || (usesToken && own.settings.sas.kind === 'userDelegation');
}

/** A new key each time: one that is kept would tell what was allowed hours ago. The token is thrown away. */
async function signToken({ own, now }: Place): Promise<void> {
  const { settings, credential } = own;
  await mintContainerSas({
    containerUrl: settings.container,
    credential,
    permissions: 'r',
    startsAt: new Date(now.getTime() - 15 * MINUTE_MS),
    expiresAt: new Date(now.getTime() + 15 * MINUTE_MS),
  });
}

/** A refusal is about the right; anything else says nothing about it. */
function judgeRight({ side, own }: Place, code: AppRight, tried: Look<unknown>): Check {
  if (tried.ok) return judgeAppRight(side, code, undefined);
  if (tried.failure.class === 'access') return judgeAppRight(side, code, tried.failure.message);
  return failedLook(side, `container ${own.settings.container}`, tried.failure);
}

async function checkShared({ route, side, own }: Place): Promise<Check> {
  const { container } = own.settings;
  const self = pipelineIdOf(route, side).toLowerCase();
  const others = await look(async () => {
    const names: string[] = [];
    for await (const { id, name, properties } of own.pipelines.listExportPipelines()) {
      if (id.toLowerCase() !== self && isSameContainer(properties.target.uri ?? '', container)) names.push(name);
    }
    for await (const { id, name, properties } of own.pipelines.listImportPipelines()) {
      if (id.toLowerCase() !== self && isSameContainer(properties.source.uri ?? '', container)) names.push(name);
    }
    return names;
  });
  return others.ok
    ? judgeContainerShared(side, others.value)
    : failedLook(side, 'the list of pipelines', others.failure);
}
