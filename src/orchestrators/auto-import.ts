import type { OrchestrationContext } from 'durable-functions';
import type { ImportEnd, Orchestrators } from '../domain/activities.ts';
import { formatRunName, instanceIds } from '../domain/names.ts';
import { callActivity, callChild, insist, type Step } from './call.ts';

type Input = Orchestrators['autoImport']['input'];

/** From a blob that landed to its import: decide and claim, run, report. */
export function* autoImportOrchestrator(context: OrchestrationContext): Step<ImportEnd> {
  const input = context.df.getInput<Input>();
  const result = yield* importBlob(context, input);
  const reported = yield* callActivity(context, 'writeImportReport', { ...input, result });
  if (!reported.ok) throw new Error(`report of import ${input.importId}: ${reported.failure.message}`);
  if (reported.value?.notify) yield* insist(context, 'startNotification', { kind: 'import', id: input.importId });
  return result;
}

function* importBlob(context: OrchestrationContext, { importId, blob }: Input): Step<ImportEnd> {
  const claim = yield* callActivity(context, 'claimBlob', { importId, blob });
  if (!claim.ok) return { state: 'Failed', run: null, failure: claim.failure };
  if (!claim.value.claimed) return { state: 'Ignored', reason: claim.value.reason };
  const key = { id: importId, path: 'blob', attempt: 1 };
  const run = formatRunName('import', key);
  const request = {
    owner: { kind: 'import', importId, route: blob.route } as const,
    direction: 'import' as const,
    key,
    archive: blob.name,
    catalogDigest: null,
    timeoutMs: claim.value.runTimeoutMs,
  };
  const ended = yield* callChild(context, 'pipelineRun', request, instanceIds.run(run));
  return ended.ok ? { state: 'Succeeded', run } : { state: 'Failed', run, failure: ended.failure };
}
