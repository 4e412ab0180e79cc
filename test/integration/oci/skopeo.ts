import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { CREDENTIALS } from '../../support/memory-registry.ts';

const INSTALL = 'apt-get install skopeo, dnf install skopeo or brew install skopeo';

function findSkopeo(): string | undefined {
  try {
    return execFileSync('skopeo', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/**
 * `describe` where skopeo is installed. Elsewhere the tests are left out, and a line says so and how to install it; with
 * `INTERCHANGE=required` they are not left out, and fail.
 */
export function describeWithSkopeo(name: string, tests: () => void): void {
  if (findSkopeo() !== undefined) describe(name, tests);
  else if (process.env.INTERCHANGE === 'required') {
    it(`${name}: finds skopeo`, () => {
      throw new Error(`INTERCHANGE=required, and skopeo is not installed: ${INSTALL}`);
    });
  } else {
    process.stderr.write(`Left out, for want of skopeo: ${name}. To run it: ${INSTALL}.\n`);
    describe.skip(name, tests);
  }
}

const credentials = `${CREDENTIALS.username}:${CREDENTIALS.password}`;
const execute = promisify(execFile);

/** Copies with skopeo, an index with all its children, digests unchanged. Rejects with what skopeo wrote to stderr. */
export async function skopeoCopy(source: string, target: string): Promise<void> {
  const of = (side: 'src' | 'dest', name: string) =>
    name.startsWith('docker:') ? [`--${side}-tls-verify=false`, `--${side}-creds=${credentials}`] : [];
  const flags = ['--all', '--preserve-digests', ...of('src', source), ...of('dest', target)];
  await execute('skopeo', ['--insecure-policy', 'copy', '--quiet', ...flags, source, target]);
}

/** What `skopeo inspect --raw` prints: the manifest's bytes. */
export async function skopeoInspectRaw(source: string): Promise<string> {
  return (await execute('skopeo', ['--insecure-policy', 'inspect', '--raw', source])).stdout;
}
