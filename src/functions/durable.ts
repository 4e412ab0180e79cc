import * as df from 'durable-functions';
import { runActivity } from '../activities/activity.ts';
import { activities } from '../activities/all.ts';
import type { Services } from '../activities/services.ts';
import type { ActivityInput, ActivityName, OrchestratorName } from '../domain/activities.ts';
import { autoImportOrchestrator } from '../orchestrators/auto-import.ts';
import { awaitResumeOrchestrator } from '../orchestrators/await-resume.ts';
import { batchOrchestrator } from '../orchestrators/batch.ts';
import { copyArchiveOrchestrator } from '../orchestrators/copy-archive.ts';
import { pipelineRunOrchestrator } from '../orchestrators/pipeline-run.ts';
import { rotateSasOrchestrator } from '../orchestrators/rotate-sas.ts';
import { segmentOrchestrator } from '../orchestrators/segment.ts';
import { transferOrchestrator } from '../orchestrators/transfer.ts';

const orchestrators: Record<OrchestratorName, df.OrchestrationHandler> = {
  transfer: transferOrchestrator,
  segment: segmentOrchestrator,
  batch: batchOrchestrator,
  pipelineRun: pipelineRunOrchestrator,
  awaitResume: awaitResumeOrchestrator,
  copyArchive: copyArchiveOrchestrator,
  autoImport: autoImportOrchestrator,
  rotateSas: rotateSasOrchestrator,
};

/** Registers the orchestrators and, with what they work on, the activities. */
export function registerDurable(services: Services): void {
  for (const [name, handler] of Object.entries(orchestrators)) df.app.orchestration(name, handler);
  for (const name of Object.keys(activities) as ActivityName[]) registerActivity(name, services);
}

function registerActivity<N extends ActivityName>(name: N, services: Services): void {
  df.app.activity(name, {
    handler: async (input: ActivityInput<N>, context) => {
      const result = await runActivity(activities[name], services, input);
      if (!result.ok) context.warn(JSON.stringify({ event: 'activityFailed', activity: name, ...result.failure }));
      // How a transfer ended: alerts look for it, since a transfer with failed artifacts is no failed orchestration.
      else if (name === 'writeReport')
        context.log(JSON.stringify({ event: 'transferEnded', input, result: result.value }));
      return result;
    },
  });
}
