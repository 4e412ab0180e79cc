import { type CloudName, cloudOfHost, serviceOfHost } from '../names.ts';
import type { Ports } from './ports.ts';

/** The names of the ports of a cloud's registry. */
export function registryPorts(cloud: CloudName) {
  return cloud === 'source'
    ? ({ http: 'registrySource', https: 'registrySourceHttps' } as const)
    : ({ http: 'registryTarget', https: 'registryTargetHttps' } as const);
}

/** The loopback port that serves a host name of the clouds (lower case, without port); `undefined` for any other. */
export function portOfHost(host: string, ports: Readonly<Ports>, clouds: readonly CloudName[]): number | undefined {
  const cloud = cloudOfHost(host);
  if (cloud === undefined || !clouds.includes(cloud)) return undefined;
  const service = serviceOfHost(host);
  if (service === 'registrySource' || service === 'registryTarget') return ports[`${service}Https`];
  return service && ports[service];
}
