import { resolve } from 'node:path';

/** The folder of all local state: `LOCAL_DIR`, or `.local` in the project. */
export function stateFolder(): string {
  return resolve(process.env.LOCAL_DIR ?? '.local');
}
