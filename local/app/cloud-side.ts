import { join } from 'node:path';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import { type Certificates, ensureCertificates } from '../certificates.ts';
import type { ArmSettings } from '../cloud/cloud.ts';
import { registryPorts } from '../cloud/host-ports.ts';
import { Operator } from '../cloud/operator.ts';
import type { Ports } from '../cloud/ports.ts';
import { type CloudProcess, spawnCloud } from '../cloud/process.ts';
import type { CloudProfile } from '../cloud/profile.ts';
import type { StorageAccess } from '../cloud/sample-roles.ts';
import { type CloudName, REGISTRY_ADMIN_USER } from '../names.ts';
import { TokenAuthority } from '../tokens.ts';

export interface CloudSideOptions {
  /** Folder of all state of this cloud. */
  dir: string;
  cloud: CloudName;
  ports: Ports;
  profile: CloudProfile;
  storageAccess: StorageAccess;
  minimumRunMs?: number;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
}

/** One cloud in a process of its own, with what only its platform team has: keys, and rights to everything in it. */
export interface CloudSide {
  readonly cloud: CloudName;
  readonly dir: string;
  readonly process: CloudProcess;
  readonly ports: Ports;
  readonly certificates: Certificates;
  /** The tenant's own: mints tokens of anybody in it. */
  readonly tokens: TokenAuthority;
  readonly operator: Operator;
  /** The registry by its loopback port, as its admin. */
  registry(): RegistryClient;
  stop(): Promise<void>;
}

/** Starts one cloud of its own tenant, logging to `{dir}/logs/cloud.log`. @throws ServicePortTakenError */
export async function startCloudSide(options: CloudSideOptions): Promise<CloudSide> {
  const { cloud, profile, ...rest } = options;
  const certificates = await ensureCertificates(options.dir, new Date(), profile.clouds);
  const process = await spawnCloud({ ...rest, profile });
  const tokens = new TokenAuthority(certificates.signingKey, { tenantId: profile.tenantId });
  const { ports } = process;
  return {
    cloud,
    dir: options.dir,
    process,
    ports,
    certificates,
    tokens,
    operator: new Operator(tokens),
    registry() {
      const password = passwordTokenSource(REGISTRY_ADMIN_USER, certificates.secrets.workerPassword);
      return new RegistryClient({ endpoint: `http://127.0.0.1:${ports[registryPorts(cloud).http]}`, tokens: password });
    },
    stop: () => process.stop(),
  };
}

/** Rejects when the cloud's process ends while `isExpected` says that it should not. */
export function watchCloud({ process, cloud, dir }: CloudSide, isExpected: () => boolean): Promise<never> {
  const gone = process.exited.then((code): Promise<never> => {
    if (isExpected()) return new Promise<never>(() => {});
    throw new Error(`The ${cloud} cloud has ended (exit code ${code}); ${join(dir, 'logs', 'cloud.log')} says why.`);
  });
  gone.catch(() => {});
  return gone;
}
