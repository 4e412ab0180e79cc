import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { type Activity, runActivity } from '../activities/activity.ts';
import { activities, type ClientActivityName, type PlainActivityName } from '../activities/all.ts';
import type { Services } from '../activities/services.ts';
import type { Activities, ActivityInput, ActivityResult, Entities, OrchestratorName } from '../domain/activities.ts';
import { importEndedLine, transferEndedLine } from '../domain/alert-lines.ts';
import { registrySlots } from '../entities/registry-slots.ts';
import { autoImportOrchestrator } from '../orchestrators/auto-import.ts';
import { awaitResumeOrchestrator } from '../orchestrators/await-resume.ts';
import { batchOrchestrator } from '../orchestrators/batch.ts';
import { copyArchiveOrchestrator } from '../orchestrators/copy-archive.ts';
import { deleteTransferOrchestrator } from '../orchestrators/delete-transfer.ts';
import { gatherOrchestrator } from '../orchestrators/gather.ts';
import { notifyOrchestrator } from '../orchestrators/notify.ts';
import { workPagesOrchestrator } from '../orchestrators/pages.ts';
import { pipelineRunOrchestrator } from '../orchestrators/pipeline-run.ts';
import { rotateSasOrchestrator } from '../orchestrators/rotate-sas.ts';
import { segmentOrchestrator } from '../orchestrators/segment.ts';
import { transferOrchestrator } from '../orchestrators/transfer.ts';
import { inActivitySpan } from '../telemetry/activity-span.ts';
import { type ClientActivity, clientActivities } from './client-activities.ts';

/** Every orchestrator under the name it is registered by. */
export const orchestrators: Record<OrchestratorName, df.OrchestrationHandler> = {
  transfer: transferOrchestrator,
  workPages: workPagesOrchestrator,
  segment: segmentOrchestrator,
  batch: batchOrchestrator,
  pipelineRun: pipelineRunOrchestrator,
  awaitResume: awaitResumeOrchestrator,
  copyArchive: copyArchiveOrchestrator,
  deleteTransfer: deleteTransferOrchestrator,
  autoImport: autoImportOrchestrator,
  gather: gatherOrchestrator,
  notify: notifyOrchestrator,
  rotateSas: rotateSasOrchestrator,
};

const entities: Record<keyof Entities, df.EntityHandler<unknown>> = { registrySlots };

/** Registers the orchestrators, the entities and, with what they work on, the activities. */
export function registerDurable(services: Services): void {
  for (const [name, handler] of Object.entries(orchestrators)) df.app.orchestration(name, handler);
  for (const [name, handler] of Object.entries(entities)) df.app.entity(name, handler);
  for (const name of Object.keys(activities) as PlainActivityName[]) registerActivity(name, services);
  for (const name of Object.keys(clientActivities) as ClientActivityName[]) registerClientActivity(name, services);
}

function registerActivity<N extends PlainActivityName>(name: N, services: Services): void {
  df.app.activity(name, {
    handler: async (input: ActivityInput<N>, context) => {
      const result = await inActivitySpan(name, input, () =>
        runActivity(activities[name] as Activity<N>, services, input),
      );
      if (result.ok && name === 'writeReport') {
        context.log(transferEndedLine(input, result.value as Activities['writeReport']['value']));
      }
      if (result.ok && name === 'endImport') {
        context.log(importEndedLine(input, result.value as Activities['endImport']['value']));
      }
      return told(context, name, result);
    },
  });
}

function registerClientActivity<N extends ClientActivityName>(name: N, services: Services): void {
  df.app.activity(name, {
    extraInputs: [df.input.durableClient()],
    handler: async (input: ActivityInput<N>, context) => {
      const activity = clientActivities[name] as ClientActivity<N>;
      const bound: Activity<N> = (all, given) => activity(all, df.getClient(context), given);
      return told(context, name, await inActivitySpan(name, input, () => runActivity(bound, services, input)));
    },
  });
}

/** The result, after a failure has been logged. */
function told<T>(context: InvocationContext, activity: string, result: ActivityResult<T>): ActivityResult<T> {
  if (!result.ok) context.warn(JSON.stringify({ event: 'activityFailed', activity, ...result.failure }));
  return result;
}
