import { join, resolve } from 'node:path';
import { MODES, type Mode } from './arguments.ts';

/** The folder of a mode's local state: `LOCAL_DIR`, or `.local` in the project; one in it for each other mode. */
export function stateFolder(mode: Mode = 'one-tenant'): string {
  const all = resolve(process.env.LOCAL_DIR ?? '.local');
  return mode === 'one-tenant' ? all : join(all, mode);
}

/** The state folders of all modes, the one that holds the others first. */
export function stateFolders(): string[] {
  return MODES.map((mode) => stateFolder(mode));
}
