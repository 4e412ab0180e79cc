import type { OrchestrationContext } from 'durable-functions';
import type { ImportEnd, Orchestrators } from '../domain/activities.ts';
import type { Failure } from '../domain/errors.ts';
import type { ImportSettings } from '../domain/route/import-settings.ts';
import { insist, type Step, wait } from './call.ts';
import { followRun, runImport } from './run-import.ts';

type Output = Orchestrators['autoImport']['output'];

/** Looks after which the orchestrator starts anew, so that its history does not grow with what it waits for. */
const MAX_LOOKS = 40;

/**
 * From a recorded import to its end: looks, claims, runs or follows, verifies. What it does next is decided at each look
 * from what is there, so an instance that was lost is started anew with nothing but the import's id.
 */
export function* autoImportOrchestrator(context: OrchestrationContext): Step<Output | undefined> {
  const { importId } = context.df.getInput<Orchestrators['autoImport']['input']>();
  const begun = yield* insist(context, 'beginImport', { importId });
  if (begun.ok && begun.value === null) return { state: 'AlreadyEnded' };
  const end = begun.ok && begun.value ? yield* importBlob(context, importId, begun.value) : failed(begun);
  if (end === undefined) {
    context.df.continueAsNew({ importId });
    return undefined;
  }
  const ended = yield* insist(context, 'endImport', { importId, end });
  if (!ended.ok) throw new Error(`end of import ${importId}: ${ended.failure.code}: ${ended.failure.message}`);
  const { notify, state } = ended.value;
  if (notify !== undefined) yield* insist(context, 'startNotification', { kind: 'import', id: importId, end: notify });
  return { state };
}

/** `undefined`: it still waits, and has looked often enough for one history. */
function* importBlob(
  context: OrchestrationContext,
  importId: string,
  settings: ImportSettings,
): Step<ImportEnd | undefined> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const now = context.df.currentUtcDateTime.toISOString();
    const looked = yield* insist(context, 'lookAtImport', { importId, now });
    if (!looked.ok) return failed(looked);
    const { value } = looked;
    switch (value.step) {
      case 'Follow': {
        let failure = yield* followRun(context, importId, settings, value.run);
        // It may have failed for the claim itself, which changed the blob while it was reading.
        if (failure && value.elseImport) failure = yield* runImport(context, importId, settings);
        return yield* verify(context, importId, settings, failure);
      }
      case 'Import': {
        const failure = yield* runImport(context, importId, settings);
        return yield* verify(context, importId, settings, failure);
      }
      case 'Claim': {
        const claimed = yield* insist(context, 'claimBlob', { importId, now });
        if (!claimed.ok) return failed(claimed);
        break;
      }
      case 'Wait':
        yield* wait(context, value.delayMs);
        break;
      case 'Ignore':
        return { kind: 'Ignored', reason: value.reason };
      case 'Fail':
        return { kind: 'Failed', failure: value.failure };
    }
  }
  return undefined;
}

/** Runs of the service that came in between are seen to their end first: what all of them brought counts. */
function* verify(
  context: OrchestrationContext,
  importId: string,
  settings: ImportSettings,
  first: Failure | null,
): Step<ImportEnd> {
  let failure = first;
  const others = yield* insist(context, 'findOtherRuns', { importId });
  if (!others.ok) return failed(others);
  for (const run of others.value.runs) {
    const ended = yield* followRun(context, importId, settings, run);
    if (ended === null) failure = null;
  }
  const verified = yield* insist(context, 'verifyImport', { importId, failure });
  return verified.ok ? { kind: 'Ran', failure } : failed(verified);
}

function failed(result: { ok: boolean; failure?: Failure }): ImportEnd {
  const unknown: Failure = { class: 'service', code: 'INTERNAL', message: 'The import could not begin.' };
  return { kind: 'Failed', failure: result.failure ?? unknown };
}
