import { z } from 'zod';
import { parseBody } from './request-body.ts';

/**
 * What the service does where nobody documents it: every switch with all its values, the one in force by default first.
 * Switches count when something is asked or a run works, not when it was made.
 */
export const BEHAVIOR_VALUES = {
  /** HTTP status of the PUT that makes a run. */
  newRunStatus: [201, 200],
  /** Header by which the PUT of a run names its monitor. By `Location` the monitor answers 202, at the end 200 and the run. */
  runMonitor: ['Azure-AsyncOperation', 'Location', 'absent'],
  /** Whether the monitor goes on as long as the run, or says `Succeeded` of a run that was taken on. */
  monitorEnds: ['with the run', 'at once'],
  /** A run's `provisioningState` while its `status` is `Running`: `Succeeded` (the specification's examples) or `Creating`. */
  provisioningState: ['at once', 'follows status'],
  /** `response.status` of a run in its first {@link FIRST_STATUS_MS}; `Queued` is not in the specification. */
  firstStatus: ['Running', 'Queued'],
  /** An export without OverwriteBlobs on a blob that is there: fails, or succeeds and writes nothing. */
  existingBlob: ['fails', 'skipped'],
  /** An import without OverwriteTags of a tag that has another digest: fails, or leaves it and says nothing. */
  existingTag: ['fails', 'skipped'],
  /** Status of a run with ContinueOnErrors of which a part did not arrive. */
  partialSuccess: ['Succeeded', 'Failed'],
  /** An import whose archive has another digest than its `catalogDigest`. */
  wrongCatalogDigest: ['fails', 'ignored'],
  /** A PUT that asks a running run for something else: 409, or the run ends and the new one takes its place. */
  putWhileRunning: ['refused', 'replaces'],
  /** How `importedArtifacts` name an artifact: `repository:tag`, `repository@digest`, with the login server before it, or not at all. */
  importedArtifacts: ['tag', 'digest', 'reference', 'absent'],
  /** Whether a run answers with its `forceUpdateTag`. */
  echoOfTag: ['present', 'absent'],
  /** What a run answers of its `request`: all, only pipeline and artifacts (the specification's examples), or nothing. */
  echoOfRequest: ['complete', 'partial', 'absent'],
  /** `pipelineRunErrorMessage`: names artifact and reason, one sentence for everything, or nothing. */
  errorText: ['detailed', 'general', 'absent'],
  /** No artifact, more than 50, or a malformed one: 400 at the PUT, or a run that fails. */
  badArtifacts: ['refused', 'fail the run'],
  /** DELETE of a pipeline of which a run is running: done, the run goes on; or 409. */
  pipelineInUse: ['deleted', 'refused'],
  /** HTTP status of the DELETE of a run; 202 with a `Location`. */
  runDeleteStatus: [200, 202],
  /** Whether the source trigger imports the same state of a blob again after a run that failed. */
  failedTrigger: ['once', 'again'],
} as const;

export type BehaviorSwitch = keyof typeof BEHAVIOR_VALUES;

/** One value for every switch. */
export type ArmBehavior = { [Name in BehaviorSwitch]: (typeof BEHAVIOR_VALUES)[Name][number] };

/** Milliseconds that a run shows another first status than `Running`, and waits before its work. */
export const FIRST_STATUS_MS = 1500;

/** The switches of a running ARM. */
export class Behavior {
  #current: ArmBehavior;

  constructor(change: Partial<ArmBehavior> = {}) {
    this.#current = { ...defaults(), ...parseChange(change) };
  }

  get current(): ArmBehavior {
    return this.#current;
  }

  /** Sets the switches that `change` names. Throws 400 for what is no switch, or none of its values. */
  change(change: unknown): ArmBehavior {
    this.#current = { ...this.#current, ...parseChange(change) };
    return this.#current;
  }

  /** Sets the switches that `change` names, and every other one to its default. Throws as {@link change} does. */
  replace(change: unknown): ArmBehavior {
    this.#current = { ...defaults(), ...parseChange(change) };
    return this.#current;
  }
}

function defaults(): ArmBehavior {
  const entries = Object.entries(BEHAVIOR_VALUES).map(([name, [first]]) => [name, first]);
  return Object.fromEntries(entries) as ArmBehavior;
}

const switches = Object.entries(BEHAVIOR_VALUES).map(([name, values]) => {
  const allowed = values.join(', ');
  return [name, z.literal([...values] as (string | number)[], { error: allowed }).optional()] as const;
});
const changeSchema = z.strictObject(Object.fromEntries(switches), {
  error: (issue) =>
    issue.code === 'unrecognized_keys' ? `switches ${Object.keys(BEHAVIOR_VALUES).join(', ')}` : undefined,
});

function parseChange(change: unknown): Partial<ArmBehavior> {
  return parseBody(changeSchema, change) as Partial<ArmBehavior>;
}
