import { toPattern } from './pattern.ts';
import type { Fault } from './rule.ts';

/** A pipeline run that begins. */
export interface RunFacts {
  direction: 'export' | 'import';
  artifacts: readonly string[];
  blobName: string;
}

/** How a poisoned run fails. */
export interface PoisonedRun {
  code: string;
  message: string;
}

/** The failure of a run that the fault is for, else `undefined`. */
export function poisonOf(fault: Extract<Fault, { kind: 'poison' }>, run: RunFacts): PoisonedRun | undefined {
  const { artifact, blob, direction = run.direction, named, code, message } = fault;
  const culprits = artifact === undefined ? run.artifacts : run.artifacts.filter((name) => matches(artifact, name));
  const isMeant =
    direction === run.direction &&
    (artifact === undefined || culprits.length > 0) &&
    (blob === undefined || matches(blob, run.blobName));
  if (!isMeant) return undefined;
  const names = named && culprits.length > 0 ? `${culprits.join(', ')}: ` : '';
  return {
    code: code ?? (direction === 'export' ? 'ArtifactExportFailed' : 'ArtifactImportFailed'),
    message: `Failed to ${direction} artifacts. ${names}${message ?? 'The content cannot be processed.'}`,
  };
}

function matches(pattern: string, text: string): boolean {
  return toPattern(pattern).test(text);
}
