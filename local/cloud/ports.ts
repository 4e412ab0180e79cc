import { z } from 'zod';

/** Every loopback port of the local cloud, with its default. */
export const DEFAULT_PORTS = {
  functions: 7071,
  proxy: 17700,
  identity: 17701,
  arm: 17702,
  vault: 17703,
  blob: 17704,
  azurite: 17705,
  registrySource: 17706,
  registryTarget: 17707,
  registrySourceHttps: 17708,
  registryTargetHttps: 17709,
  control: 17710,
  login: 17711,
} as const;
export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Record<PortName, number>;

export const PORT_NAMES = Object.keys(DEFAULT_PORTS) as PortName[];

/** Where several clouds run at once: the prefix of the second one's settings, and how far its defaults are moved. */
export interface PortRange {
  prefix: string;
  offset: number;
}
export const FIRST_PORTS: PortRange = { prefix: 'LOCAL_PORT_', offset: 0 };
export const TARGET_PORTS: PortRange = { prefix: 'LOCAL_PORT_TARGET_', offset: 100 };

/** The setting that moves a port: `LOCAL_PORT_REGISTRY_SOURCE` for `registrySource`. */
export function portSetting(name: PortName, { prefix } = FIRST_PORTS): string {
  return `${prefix}${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

const portSchema = z.coerce.number().int().min(0).max(65_535);

/** The ports as set by `LOCAL_PORT_…`; 0 is any free port. @throws RangeError that names the setting */
export function readPorts(variables: Readonly<Record<string, string | undefined>>, range = FIRST_PORTS): Ports {
  const entries = PORT_NAMES.map((name) => {
    const setting = portSetting(name, range);
    const parsed = portSchema.safeParse(variables[setting] ?? DEFAULT_PORTS[name] + range.offset);
    if (!parsed.success) throw new RangeError(`${setting} is '${variables[setting]}'; allowed: 0 to 65535.`);
    return [name, parsed.data] as const;
  });
  return Object.fromEntries(entries) as Ports;
}

/** All ports 0: for tests, which take what is free. */
export const FREE_PORTS = Object.fromEntries(PORT_NAMES.map((name) => [name, 0])) as Ports;
