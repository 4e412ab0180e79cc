/** States of an instance, spelled as the Durable extension does. */
export const RUNTIME_STATUSES = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated'] as const;
export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

/** One instance as stored. Input, output and custom status are JSON text; times are ISO text. */
export interface InstanceRow {
  id: string;
  /** New at every start and at every continue-as-new; answers to an older one are dropped. */
  executionId: string;
  name: string;
  version: string | null;
  input: string | null;
  output: string | null;
  status: RuntimeStatus;
  customStatus: string | null;
  created: string;
  updated: string;
  parentId: string | null;
  /** The number of the parent's step that asked for this instance. */
  parentStep: number | null;
  parentExecutionId: string | null;
}

/** Who asked for a sub-orchestration. */
export interface ParentStep {
  instanceId: string;
  executionId: string;
  step: number;
}

/** Whether nothing can happen to an instance any more. */
export function isFinal(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}
