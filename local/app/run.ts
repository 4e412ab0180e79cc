import type { ArmSettings } from '../cloud/cloud.ts';
import type { Ports } from '../cloud/ports.ts';
import type { CloudName } from '../names.ts';
import type { StartArguments, StartSettings } from './arguments.ts';
import { EndpointsFile } from './endpoints.ts';
import type { Screen } from './screen.ts';
import { FolderTakenError } from './stack.ts';

/** What every mode of `npm start` works with. */
export interface Run extends Omit<StartSettings, 'sourceTriggerDelayMs' | 'sourceTriggerStartDelayMs'> {
  arm: ArmSettings;
  args: StartArguments;
  dir: string;
  appDir: string;
  ports: Readonly<Record<CloudName, Ports>>;
  screen: Screen;
  interrupted: Promise<'interrupted'>;
  /** Puts the result on standard output: the document with `--json`, the lines without. */
  show(document: object, lines: readonly string[]): void;
}

/** The file that says who has the state folder. @throws FolderTakenError */
export async function holdFolder(dir: string): Promise<EndpointsFile> {
  const file = new EndpointsFile(dir);
  const owner = await file.liveOwner();
  if (owner !== undefined) throw new FolderTakenError(dir, owner);
  return file;
}
