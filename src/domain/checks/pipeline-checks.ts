import { isSameContainer } from '../container-url.ts';
import type { Side } from '../errors.ts';
import { type Check, judge } from './check.ts';

/** A pipeline as its checks see it; texts in the service's spelling. */
export interface PipelineFacts {
  id: string;
  provisioningState: string | undefined;
  options: readonly string[];
  /** The container it names. */
  uri: string | undefined;
  /** Status of an import pipeline's source trigger. */
  triggerStatus: string | undefined;
}

/** What the route says of what its pipelines should be. */
export interface RouteFacts {
  container: string;
  continueOnErrors: boolean;
  importAuto: 'mirror' | 'always' | 'never';
}

const OPTIONS: Readonly<Record<Side, readonly string[]>> = {
  source: ['OverwriteBlobs', 'ContinueOnErrors'],
  target: ['OverwriteTags', 'DeleteSourceBlobOnSuccess', 'ContinueOnErrors'],
};

/** That a pipeline is there. */
export function judgePipelineExists(side: Side, id: string, exists: boolean): Check {
  const key = side === 'source' ? 'exportPipeline' : 'importPipeline';
  return judge({
    code: 'PIPELINE_NOT_FOUND',
    side,
    holds: exists,
    found: exists ? id : `no pipeline ${id}`,
    needed: 'a pipeline under the name that the route gives',
    remedy: `Correct ${side}.${key} of the route, or create the pipeline.`,
  });
}

/** State, container, options and (target) trigger of a pipeline, against the route. */
export function judgePipeline(side: Side, facts: PipelineFacts, route: RouteFacts): Check[] {
  const checks = [judgeState(side, facts), judgeContainer(side, facts, route), judgeOptions(side, facts)];
  checks.push(judgeContinues(side, facts, route), judgeOverwrites(side, facts));
  return side === 'target' ? [...checks, judgeTrigger(facts, route)] : checks;
}

/** Whether a pipeline has an option, in whatever letter case. */
export function has(options: readonly string[], name: string): boolean {
  return options.some((option) => option.toLowerCase() === name.toLowerCase());
}

function judgeState(side: Side, { provisioningState = 'Succeeded' }: PipelineFacts): Check {
  return judge({
    code: 'PIPELINE_NOT_READY',
    side,
    holds: provisioningState.toLowerCase() === 'succeeded',
    found: `provisioningState ${provisioningState}`,
    needed: 'provisioningState Succeeded',
    remedy: 'Wait until the change of the pipeline has ended; if it failed, deploy the pipeline again.',
  });
}

function judgeContainer(side: Side, { id, uri = '' }: PipelineFacts, { container }: RouteFacts): Check {
  return judge({
    code: 'CONTAINER_MISMATCH',
    side,
    holds: isSameContainer(uri, container),
    found: `pipeline: ${uri || 'none'}; route: ${container}`,
    needed: 'one container in both',
    remedy: `Correct ${side}.container of the route, or the container of ${id}.`,
  });
}

function judgeOptions(side: Side, { options }: PipelineFacts): Check {
  const wrong = options.filter((option) => !has(OPTIONS[side], option));
  return judge({
    code: 'PIPELINE_OPTION_INVALID',
    side,
    holds: wrong.length === 0,
    otherwise: 'warning',
    found: options.join(', ') || 'no options',
    needed: `none but ${OPTIONS[side].join(', ')}`,
    remedy: `Take ${wrong.join(', ')} from the options of the pipeline: it does nothing there, or is misspelt.`,
  });
}

function judgeContinues(side: Side, { options }: PipelineFacts, { continueOnErrors }: RouteFacts): Check {
  const continues = has(options, 'ContinueOnErrors');
  return judge({
    code: 'CONTINUE_ON_ERRORS_OFF',
    side,
    holds: continues || !continueOnErrors,
    otherwise: 'warning',
    found: `pipeline: ${continues ? 'on' : 'off'}; route: ${continueOnErrors ? 'on' : 'off'}`,
    needed: 'ContinueOnErrors where the route goes on after errors',
    remedy: 'Add ContinueOnErrors to the options of the pipeline: without it one bad artifact fails its whole run.',
  });
}

function judgeOverwrites(side: Side, { options }: PipelineFacts): Check {
  const option = side === 'source' ? 'OverwriteBlobs' : 'OverwriteTags';
  const effect =
    side === 'source'
      ? 'a run whose blob is there already fails without it'
      : 'requests with options.overwrite are refused without it';
  return judge({
    code: side === 'source' ? 'OVERWRITE_BLOBS_OFF' : 'OVERWRITE_TAGS_OFF',
    side,
    holds: has(options, option),
    otherwise: 'warning',
    found: `${option} ${has(options, option) ? 'on' : 'off'}`,
    needed: `${option}, where something may have to be replaced`,
    remedy: `Add ${option} to the options of the pipeline: ${effect}.`,
  });
}

const AUTO_REMEDIES = {
  mirror: 'Enable the source trigger of the pipeline, or set import.auto of the route to always.',
  always: '',
  never: 'Enable the source trigger of the pipeline, or set import.auto of the route to mirror or always.',
};

function judgeTrigger({ triggerStatus = 'Enabled' }: PipelineFacts, { importAuto }: RouteFacts): Check {
  return judge({
    code: 'TRIGGER_DISABLED',
    side: 'target',
    holds: triggerStatus.toLowerCase() !== 'disabled' || importAuto === 'always',
    otherwise: 'warning',
    found: `source trigger ${triggerStatus}; import.auto ${importAuto}`,
    needed: 'someone who imports archives that land: the service or the app',
    remedy: AUTO_REMEDIES[importAuto],
  });
}
