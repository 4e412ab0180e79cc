import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cloudObject, resourcesOf, TENANT_ID } from '../../../local/names.ts';
import { startRegistry } from '../../../local/registry/server.ts';
import { useEnvironmentProxy } from '../../../src/azure/proxy.ts';
import { createRegistryClient } from '../../../src/azure/registry-tokens.ts';
import { createCredential } from '../../../src/azure/sign-in/credential.ts';
import type { RegistryClient } from '../../../src/oci/registry-client.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const { loginServer } = resourcesOf('source');
const credential = { type: 'managedIdentity' as const };
let base: LocalBase;

beforeAll(async () => {
  base = await startLocalBase();
  useEnvironmentProxy();
  const { certificates, tokens, dir } = base;
  const registry = await startRegistry({
    loginServer,
    cloud: 'source',
    httpsPort: 0,
    httpPort: 0,
    tls: certificates.tls,
    tokens,
    dir: join(dir, 'registry'),
    admin: { username: 'admin', password: 'x' },
  });
  base.stopLater(registry);
  base.ports.set(loginServer, registry.httpsPort);
});
afterAll(() => base.stop());

function clientWith(registryAudience: string): RegistryClient {
  const cloud = { ...cloudObject('source'), registryAudience };
  const side = { cloud, tenantId: TENANT_ID, credential };
  return createRegistryClient(loginServer, side, createCredential(side), 'source');
}

async function pushAndRead(client: RegistryClient, repository: string): Promise<string> {
  const bytes = Buffer.from(`content of ${repository}`);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const blob = { digest, size: bytes.length };
  await client.uploadBlob(repository, blob, async function* () {
    yield bytes;
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of client.readBlob(repository, blob)) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('a registry by identity', () => {
  it('is written and read with exchanged tokens', async () => {
    const client = clientWith(cloudObject('source').registryAudience);
    await expect(pushAndRead(client, 'samples/hello')).resolves.toBe('content of samples/hello');
    await expect(client.resolve('samples/hello', 'absent')).resolves.toBeUndefined();
  });

  it('is reached with the ARM audience where it does not take the other', async () => {
    const client = clientWith('https://containerregistry.source.test');
    await expect(pushAndRead(client, 'samples/other')).resolves.toBe('content of samples/other');
  });

  it('gives nothing for tokens that are for another cloud', async () => {
    const cloud = {
      ...cloudObject('source'),
      armAudience: 'https://management.target.test',
      registryAudience: 'https://x.test',
    };
    const client = createRegistryClient(
      loginServer,
      { cloud, tenantId: TENANT_ID },
      createCredential({ cloud, tenantId: TENANT_ID, credential }),
    );
    await expect(client.resolve('samples/hello', 'v1')).rejects.toMatchObject({ class: 'access' });
  });
});
