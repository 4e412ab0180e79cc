import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult } from '../domain/activities.ts';
import type { Failure } from '../domain/errors.ts';
import { formatRunName, instanceIds, MAX_ATTEMPTS } from '../domain/names.ts';
import { decideRetryDelayMs } from '../domain/retry.ts';
import type { ImportSettings } from '../domain/route/import-settings.ts';
import { callChild, insist, type Step, wait } from './call.ts';
import { heal } from './heal.ts';

/**
 * The app's own run of an import, tried again as the route's policy says; a SAS token that it failed for is replaced
 * once. Returns why the last try failed, or `null`.
 */
export function* runImport(
  context: OrchestrationContext,
  importId: string,
  settings: ImportSettings,
): Step<Failure | null> {
  let healed = false;
  for (let tries = 1; ; tries++) {
    const attempt = settings.attempt + tries - 1;
    const key = { id: importId, path: 'blob', attempt };
    const ended = yield* child(context, importId, settings, { key });
    if (ended.ok) return null;
    const heals: boolean = !healed && (yield* heal(context, settings.route, ended.failure));
    healed ||= heals;
    const delayMs = heals ? 0 : decideRetryDelayMs(settings.retry, tries, ended.failure, ended.retryAfterMs, importId);
    if (delayMs === undefined || attempt === MAX_ATTEMPTS) return ended.failure;
    if (settings.keepsRetries) {
      const run = formatRunName('import', key);
      // One that cannot be kept holds nobody up.
      yield* insist(context, 'recordImportRetry', { importId, run, failure: ended.failure });
    }
    yield* wait(context, delayMs);
  }
}

/** A run that the service has started, to its end. Returns why it failed, or `null`. */
export function* followRun(
  context: OrchestrationContext,
  importId: string,
  settings: ImportSettings,
  run: string,
): Step<Failure | null> {
  const ended = yield* child(context, importId, settings, { run, key: { id: importId, path: 'blob', attempt: 1 } });
  return ended.ok ? null : ended.failure;
}

function child(
  context: OrchestrationContext,
  importId: string,
  { route, archive, runTimeoutMs, slots }: ImportSettings,
  which: { run?: string; key: { id: string; path: string; attempt: number } },
): Step<ActivityResult<unknown>> {
  const input = {
    owner: { kind: 'import', importId, route } as const,
    direction: 'import' as const,
    archive,
    catalogDigest: null,
    timeoutMs: runTimeoutMs,
    // What the service has started works on the registry already.
    ...(slots && which.run === undefined ? { slots } : {}),
    ...which,
  };
  const { run, key } = which;
  const instanceId =
    run === undefined ? instanceIds.run(formatRunName('import', key)) : instanceIds.follow(importId, run);
  return callChild(context, 'pipelineRun', input, instanceId);
}
