import { loadSettings, type Settings } from './settings.ts';

/** The settings of this process. The one place that reads its environment. */
export function readSettings(): Settings {
  return loadSettings(process.env, process.env.AzureWebJobsScriptRoot ?? process.cwd());
}
