import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localRoute } from '../../local/app/environment.ts';
import type { CallRecord } from '../../local/calls/call.ts';
import { APP_IDENTITY, resourcesOf } from '../../local/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const LAYER_BYTES = 6_000_000;
/** More than names, properties and lists of a few blobs need; far less than an archive. */
const SMALL_BYTES = 100_000;

beforeAll(async () => {
  const route = localRoute();
  const settings = {
    ROUTES_JSON: JSON.stringify([route, { ...route, name: 'streamed', copy: { mode: 'stream' } }]),
  };
  cloud = await startTestStack({ storageAccess: 'SasToken', settings });
});
afterAll(() => cloud?.stop());

/** Transfers one image and gives its archive's bytes, the way it was copied, and all calls that were made meanwhile. */
async function transferOne(seed: number, route = 'source-to-target') {
  const name = `c/image-${seed}`;
  await pushImage(cloud.stack.registry('source'), name, 'v1', buildImage({ seed, layerSizes: [LAYER_BYTES] }));
  const after = (await cloud.calls()).at(-1)?.n ?? 0;
  const document = await cloud.transfer([`${name}:v1`], { route });
  expect(document.state).toBe('Succeeded');
  const [batch] = document.batches;
  return {
    mode: batch?.copy?.mode,
    archiveBytes: batch?.archive?.bytes ?? 0,
    archive: batch?.archive?.name ?? '',
    calls: await cloud.calls({ after }),
  };
}

function bytesOf(calls: CallRecord[], direction: 'requestBytes' | 'responseBytes'): number {
  return calls.reduce((sum, call) => sum + call[direction], 0);
}

/** Calls on the containers of archives, by the app's own identity: its token, not the SAS that it made for others. */
function ofApp(calls: CallRecord[]): CallRecord[] {
  const accounts = ['source', 'target'].map((side) => new URL(resourcesOf(side as 'source').containerUrl).host);
  return calls.filter(({ host, identity }) => accounts.includes(host) && identity === APP_IDENTITY.objectId);
}

describe('no byte of an archive goes through the app', () => {
  it('where the service copies: the record shows who moved them instead', async () => {
    const { mode, archiveBytes, archive, calls } = await transferOne(1);
    expect(mode).toBe('server');
    expect(archiveBytes).toBeGreaterThan(LAYER_BYTES);
    const app = ofApp(calls);
    expect(app.map(({ operation }) => operation)).toContain('PutBlockFromURL');
    expect(bytesOf(app, 'requestBytes')).toBeLessThan(SMALL_BYTES);
    expect(bytesOf(app, 'responseBytes')).toBeLessThan(SMALL_BYTES);
    const pipelines = calls.filter(
      ({ service, identity }) => service === 'blob' && identity === `sas:delegation:${APP_IDENTITY.objectId}`,
    );
    expect(pipelines.every(({ path }) => path.startsWith('/transfer'))).toBe(true);
    expect(bytesOf(pipelines, 'requestBytes')).toBeGreaterThanOrEqual(archiveBytes);
    expect(bytesOf(pipelines, 'responseBytes')).toBeGreaterThanOrEqual(archiveBytes);
    const sources = app.flatMap(({ copySource = [] }) => copySource);
    expect(sources).not.toEqual([]);
    for (const source of sources) {
      expect(source).toMatch(new RegExp(`^${resourcesOf('source').containerUrl}/${archive}(\\?|$)`));
    }
  });

  it('of a layer either: of registries the app reads manifests alone', async () => {
    const { calls } = await transferOne(2);
    const registries = calls.filter(({ service }) => service.startsWith('registry'));
    const app = registries.filter(({ identity }) => identity === APP_IDENTITY.objectId);
    expect(app.length).toBeGreaterThan(0);
    expect(app.filter(({ operation }) => !/^((Head|Get)Manifest|(Get|Exchange)Token)$/.test(operation))).toEqual([]);
    expect(bytesOf(registries, 'responseBytes')).toBeGreaterThan(LAYER_BYTES);
    expect(bytesOf(app, 'responseBytes')).toBeLessThan(SMALL_BYTES);
  });

  it('or the record tells: a streamed copy goes through it twice', async () => {
    const { mode, archiveBytes, calls } = await transferOne(3, 'streamed');
    expect(mode).toBe('stream');
    expect(bytesOf(ofApp(calls), 'responseBytes')).toBeGreaterThanOrEqual(archiveBytes);
    expect(bytesOf(ofApp(calls), 'requestBytes')).toBeGreaterThanOrEqual(archiveBytes);
  });
});

describe('no secret leaves', () => {
  async function secrets(): Promise<Record<string, string>> {
    const { signingKey, secrets: own } = cloud.stack.certificates;
    const { accountKeys, ...rest } = own;
    const found: Record<string, string> = { ...rest, ...accountKeys, signingKey: signingKey.split('\n')[1] ?? '' };
    for (const side of ['source', 'target'] as const) {
      const sas = (await cloud.vault(side).get(resourcesOf(side).secretName))?.value ?? '';
      const signature = /sig=([^&]+)/.exec(sas)?.[1] ?? '';
      found[`${side} SAS`] = signature;
      found[`${side} SAS, decoded`] = decodeURIComponent(signature);
    }
    return found;
  }

  it('in the record of calls or in any log', async () => {
    await transferOne(4);
    const logs = join(cloud.dir, 'logs');
    const files = await readdir(logs);
    expect(files).toEqual(expect.arrayContaining(['calls.jsonl', 'cloud.log', 'functions.log']));
    const texts = await Promise.all(
      files.map(async (name) => [name, await readFile(join(logs, name), 'utf8')] as const),
    );
    const all = [...texts, ['GET /calls', JSON.stringify(await cloud.calls())] as const];
    const known = Object.entries(await secrets());
    expect(known.filter(([, value]) => value.length < 20)).toEqual([]);
    for (const [where, text] of all) {
      expect([where, known.filter(([, value]) => text.includes(value)).map(([name]) => name)]).toEqual([where, []]);
      expect([where, /eyJ[\w-]+\.[\w-]+\./.exec(text)?.[0]]).toEqual([where, undefined]);
      expect([where, /sig=(?!\*)[^&\s"]{0,8}/i.exec(text)?.[0]]).toEqual([where, undefined]);
    }
  });

  it('from the control endpoint to one who does not have its key', async () => {
    const { url, key } = cloud.stack.endpoints.control;
    expect((await fetch(`${url}/calls`)).status).toBe(401);
    expect((await fetch(`${url}/calls`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });
});

describe('the record', () => {
  it('names every call with its service, operation and identity', async () => {
    const calls = await cloud.calls();
    expect(new Set(calls.map(({ service }) => service))).toEqual(
      new Set(['arm', 'vault', 'identity', 'blob', 'registrySource', 'registryTarget']),
    );
    expect(calls.filter(({ operation, identity }) => operation === 'Unknown' || identity === 'unknown')).toEqual([]);
    expect(calls.map(({ n }) => n)).toEqual(calls.map((_call, index) => index + 1));
  });
});
