import type { Fault } from '../domain/problem.ts';

/** A fault of a setting or of the routes: `file` is the file or the setting's name. */
export interface SettingFault extends Fault {
  file: string;
}
