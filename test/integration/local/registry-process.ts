import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { issueCertificates } from '../../../local/x509.ts';
import { ADMIN, LOGIN_SERVER } from '../../unit/local/registry/registry-fixture.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Runs in a process of its own: starts a registry with the options in the environment and says its port. */
const PROGRAM = `
  import { generateKeyPairSync } from 'node:crypto';
  const { startRegistry } = await import(process.env.REGISTRY_SERVER);
  const { TokenAuthority } = await import(process.env.REGISTRY_TOKENS);
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = JSON.parse(process.env.REGISTRY_OPTIONS);
  console.log((await startRegistry({ ...options, tokens: new TokenAuthority(key) })).httpPort);
`;

/** A registry in a process of its own, and where it listens. */
export interface RegistryProcess {
  child: ChildProcess;
  /** `http://127.0.0.1:…` */
  origin: string;
}

/** Starts a registry on the content of `dir`, to be killed by its `child`. */
export async function startRegistryProcess(dir: string): Promise<RegistryProcess> {
  const notBefore = new Date(Date.now() - 3_600_000);
  const notAfter = new Date(Date.now() + 3_600_000);
  const { leaf } = await issueCertificates({
    leafNames: ['localhost'],
    selfSignedNames: ['localhost'],
    notBefore,
    notAfter,
  });
  const options = {
    loginServer: LOGIN_SERVER,
    cloud: 'source',
    httpsPort: 0,
    httpPort: 0,
    tls: leaf,
    dir,
    admin: ADMIN,
  };
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', PROGRAM],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        REGISTRY_SERVER: pathToFileURL(join(ROOT, 'local', 'registry', 'server.ts')).href,
        REGISTRY_TOKENS: pathToFileURL(join(ROOT, 'local', 'tokens.ts')).href,
        REGISTRY_OPTIONS: JSON.stringify(options),
      },
    },
  );
  if (!child.stdout) throw new Error('the process has no output to read');
  const [port] = await once(createInterface(child.stdout), 'line');
  return { child, origin: `http://127.0.0.1:${port}` };
}
