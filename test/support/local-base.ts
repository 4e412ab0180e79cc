import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from '../../local/certificates.ts';
import { ensureCertificates } from '../../local/certificates.ts';
import type { RunningServer } from '../../local/http.ts';
import { startIdentity } from '../../local/identity/server.ts';
import { APP_IDENTITY } from '../../local/names.ts';
import { startProxy } from '../../local/proxy.ts';
import { TokenAuthority } from '../../local/tokens.ts';
import { trustCertificates, useLocalClouds } from './trust.ts';

/** What every emulator needs around it when the real SDKs call it by its `.test` names. */
export interface LocalBase {
  dir: string;
  certificates: Certificates;
  tokens: TokenAuthority;
  /** Loopback ports by host name, as the proxy uses them: put an emulator's names in here. */
  ports: Map<string, number>;
  /** Stops what was added with `stopLater`, last first, then proxy and identity; removes `dir`. */
  stop(): Promise<void>;
  stopLater(server: Pick<RunningServer, 'stop'>): void;
}

/** Starts proxy and identity on free ports in a new folder, and points this process's SDK clients to them. */
export async function startLocalBase(): Promise<LocalBase> {
  const dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
  const certificates = await ensureCertificates(join(dir, 'certificates'));
  const tokens = new TokenAuthority(certificates.signingKey);
  const ports = new Map<string, number>();
  const header = randomUUID();
  const identity = await startIdentity({ port: 0, tokens, identities: { [header]: APP_IDENTITY } });
  const proxy = await startProxy({ port: 0, portOf: (host) => ports.get(host) });
  const running: Pick<RunningServer, 'stop'>[] = [identity, proxy];
  trustCertificates(certificates.ca);
  useLocalClouds({
    HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: header,
  });
  const stop = async (): Promise<void> => {
    for (const server of running.reverse()) await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { dir, certificates, tokens, ports, stop, stopLater: (server) => running.push(server) };
}
