import type { ExportPipeline, ImportPipeline } from '../../azure/arm/pipelines.ts';
import type { Check } from '../../domain/checks/check.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { judgeIdentity } from '../../domain/checks/identity-checks.ts';
import { judgePipeline, judgePipelineExists, type PipelineFacts } from '../../domain/checks/pipeline-checks.ts';
import { pipelineIdOf, pipelineNameOf } from '../../domain/route/route.ts';
import type { Look, Place } from './look.ts';

/** A pipeline with what the other looks need of it. */
export interface PipelineView extends PipelineFacts {
  /** Object ids of its identities. */
  principalIds: string[];
  usesToken: boolean;
  keyVaultUri: string;
}

/** Reads the pipeline of one side; `undefined` when there is none. */
export async function readPipeline({ route, side, own }: Place): Promise<PipelineView | undefined> {
  if (side === 'source') {
    const found = await own.pipelines.getExportPipeline(pipelineNameOf(route, side));
    return found && toView(found, found.properties.target, undefined);
  }
  const found = await own.pipelines.getImportPipeline(pipelineNameOf(route, side));
  return found && toView(found, found.properties.source, found.properties.trigger?.sourceTrigger?.status);
}

function toView(
  { id, identity, properties }: ExportPipeline | ImportPipeline,
  store: ExportPipeline['properties']['target'],
  triggerStatus: string | undefined,
): PipelineView {
  const users = Object.values(identity?.userAssignedIdentities ?? {});
  const principals = [identity?.principalId, ...users.map((user) => user?.principalId)];
  return {
    id,
    provisioningState: properties.provisioningState,
    options: properties.options ?? [],
    uri: store.uri,
    triggerStatus,
    principalIds: principals.filter((principal) => principal !== undefined),
    usesToken: store.storageAccessMode !== 'ManagedIdentity',
    keyVaultUri: store.keyVaultUri ?? '',
  };
}

/** The pipeline against its route, and its identity. */
export function checkPipeline({ route, side, own }: Place, pipeline: Look<PipelineView | undefined>): Check[] {
  const id = pipelineIdOf(route, side);
  if (!pipeline.ok) return [failedLook(side, `pipeline ${id}`, pipeline.failure)];
  const found = pipeline.value;
  if (!found) return [judgePipelineExists(side, id, false)];
  const { continueOnErrors, import: imports } = route;
  const facts = { container: own.settings.container, continueOnErrors, importAuto: imports.auto };
  return [
    judgePipelineExists(side, id, true),
    ...judgePipeline(side, found, facts),
    judgeIdentity(side, id, found.principalIds),
  ];
}
