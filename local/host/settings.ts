import { HostStartError } from './errors.ts';

/** App settings: the environment of the host's process. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** The text with every `%NAME%` replaced by that setting. Throws {@link HostStartError} naming the one that is missing. */
export function resolveSettings(text: string, settings: Settings, where: string): string {
  return text.replace(/%([^%]+)%/g, (_all, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new HostStartError(`${where}: '%${name}%' names a setting that does not exist`);
    return value;
  });
}
