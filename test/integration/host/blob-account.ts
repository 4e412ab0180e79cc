import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { startIdentity } from '../../../local/identity/server.ts';
import { TokenAuthority } from '../../../local/tokens.ts';
import { issueCertificates } from '../../../local/x509.ts';
import { eventually } from './host-under-test.ts';

const ACCOUNT = 'hoststore';
const KEY = Buffer.from('a key that only this test knows').toString('base64');
const DAY_MS = 86_400_000;

/** A storage account in an Azurite of its own, with a managed identity that may use it. */
export class BlobAccount {
  readonly #dir = mkdtempSync(join(tmpdir(), 'blobs-'));
  #azurite: ChildProcess | undefined;
  #identity: { stop(): Promise<void> } | undefined;
  #url = '';
  #certificate = '';

  /** Starts both and gives the settings with which a host reaches them by the connection `Store`. */
  async start(): Promise<Record<string, string>> {
    const port = await freePort();
    this.#url = `https://127.0.0.1:${port}/${ACCOUNT}`;
    await this.#writeCertificate();
    this.#azurite = this.#spawnAzurite(port);
    await eventually(async () => ((await canConnect(port)) ? true : undefined));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const tokens = new TokenAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const identities = { header: { objectId: 'host', clientId: 'host-client' } };
    const identity = await startIdentity({ port: 0, tokens, identities });
    this.#identity = identity;
    return {
      NODE_EXTRA_CA_CERTS: join(this.#dir, 'cert.pem'),
      Store__blobServiceUri: this.#url,
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: 'header',
    };
  }

  /** The account by its key, for the test itself. */
  client(): BlobServiceClient {
    setDefaultCACertificates([this.#certificate]);
    return new BlobServiceClient(this.#url, new StorageSharedKeyCredential(ACCOUNT, KEY));
  }

  async stop(): Promise<void> {
    await this.#identity?.stop();
    if (this.#azurite?.kill('SIGKILL')) await once(this.#azurite, 'exit');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #writeCertificate(): Promise<void> {
    const names = { leafNames: ['localhost'], selfSignedNames: ['localhost'] };
    const times = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
    const { selfSigned } = await issueCertificates({ ...names, ...times });
    this.#certificate = selfSigned.cert;
    writeFileSync(join(this.#dir, 'cert.pem'), selfSigned.cert);
    writeFileSync(join(this.#dir, 'key.pem'), selfSigned.key);
  }

  #spawnAzurite(port: number): ChildProcess {
    const azurite = dirname(createRequire(import.meta.url).resolve('azurite/package.json'));
    const args = [
      join(azurite, 'dist/src/blob/main.js'),
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', this.#dir],
      ...['--cert', join(this.#dir, 'cert.pem'), '--key', join(this.#dir, 'key.pem')],
      ...['--oauth', 'basic', '--skipApiVersionCheck', '--silent', '--disableTelemetry'],
    ];
    return spawn(process.execPath, args, { env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${KEY}` }, stdio: 'ignore' });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
