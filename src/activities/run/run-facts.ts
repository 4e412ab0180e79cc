import type { PipelineRun } from '../../azure/arm/pipelines.ts';
import type { RunFacts } from '../../domain/batch/run-state.ts';

/** A run as ARM answers it, reduced to what decides. */
export function factsOfRun(name: string, run: PipelineRun, correlationId: string | undefined): RunFacts {
  const { response, provisioningState } = run.properties;
  return {
    name,
    status: response?.status,
    provisioningState,
    percentage: response?.progress?.percentage,
    startTime: response?.startTime,
    finishTime: response?.finishTime,
    catalogDigest: response?.catalogDigest,
    errorMessage: response?.pipelineRunErrorMessage,
    correlationId,
  };
}
