import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../local/certificates.ts';
import { type RunningServer, serve } from '../../local/http.ts';
import { serviceOfHost } from '../../local/names.ts';
import { startProxy } from '../../local/proxy.ts';
import { forward } from '../../local/storage/forward.ts';
import { importsOf } from '../support/archives.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const GIBIBYTE = 1024 ** 3;
const BLOCK_BYTES = 64 * 1024 ** 2;
const ARCHIVE_BYTES = 3 * GIBIBYTE;

interface Seen {
  what: string;
  answerBytes: number;
}

/** What the process of host and app asked storage for: all of its calls pass through here, and only its. */
const seen: Seen[] = [];
let cloud: TestStack;
let dir: string;
const between: RunningServer[] = [];
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-large-'));
  const { tls } = await ensureCertificates(dir);
  const counting = await serve(
    (request, response, url) => {
      count(`${request.method} ${url.hostname}${url.pathname}`, response);
      const { blob: port } = cloud.stack.ports;
      forward(request, response, { agent, port, path: request.url ?? '/', headers: new Map() });
    },
    { port: 0, tls },
  );
  const proxy = await startProxy({
    port: 0,
    portOf: (host) => {
      const service = serviceOfHost(host);
      if (service === 'blob') return counting.port;
      return service === 'arm' || service === 'vault' ? cloud.stack.ports[service] : undefined;
    },
  });
  between.push(counting, proxy);
  cloud = await startTestStack({ dir, settings: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
});

afterAll(async () => {
  await cloud?.stop();
  for (const server of between) await server.stop();
  agent.destroy();
  await rm(dir, { recursive: true, force: true });
});

function count(what: string, response: ServerResponse): void {
  const entry = { what, answerBytes: 0 };
  seen.push(entry);
  const add = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) entry.answerBytes += Buffer.byteLength(chunk);
  };
  const { write, end } = response;
  response.write = ((...args: Parameters<typeof write>) => {
    add(args[0]);
    return write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    add(args[0]);
    return end.apply(response, args);
  }) as typeof end;
}

/** The most memory that a process has had resident so far, in bytes; `undefined` where the system does not tell. */
async function peakMemoryBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

describe('an archive of 3 GiB that lands', () => {
  it('is handed to the app by name: not a byte of it comes to the process of host and app', async () => {
    const target = cloud.container('target');
    const id = Buffer.from('block-0').toString('base64');
    await target.stageBlock('large.tar', id, randomBytes(BLOCK_BYTES));
    const blocks = Array.from({ length: ARCHIVE_BYTES / BLOCK_BYTES }, () => id);
    const before = await peakMemoryBytes(cloud.stack.host.pid);
    await target.commitBlocks('large.tar', blocks, {
      metadata: { category: 'acr-transfer-blob' },
      contentMd5: 'x'.repeat(22).concat('=='),
    });
    expect(await target.properties('large.tar')).toMatchObject({ sizeBytes: ARCHIVE_BYTES });

    // It is noise, so its import fails; but the app has done with it all that it does.
    const [imported] = await importsOf(cloud, 'large.tar');
    expect(imported).toMatchObject({ state: 'Failed', error: { code: 'RUN_FAILED' } });
    const ofBlob = seen.filter(({ what }) => what.endsWith('/transfer/large.tar'));
    expect(new Set(ofBlob.map(({ what }) => what.split(' ')[0]))).toEqual(new Set(['HEAD', 'PUT']));
    expect(ofBlob.reduce((sum, { answerBytes }) => sum + answerBytes, 0)).toBe(0);
    // The counter counts: a list of records comes through it.
    await cloud.call('/transfers');
    expect(seen.some(({ what, answerBytes }) => what.startsWith('GET statestore') && answerBytes > 0)).toBe(true);
    const after = await peakMemoryBytes(cloud.stack.host.pid);
    if (before !== undefined && after !== undefined) expect(after - before).toBeLessThan(BLOCK_BYTES);
  }, 240_000);
});
