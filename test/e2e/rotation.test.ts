import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { APP_IDENTITY, resourcesOf } from '../../local/names.ts';
import { inspectSas } from '../../src/domain/sas/sas.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const { secretName } = resourcesOf('source');
const DAY_MS = 86_400_000;

beforeAll(async () => {
  cloud = await startTestStack({ storageAccess: 'SasToken' });
});
afterAll(() => cloud?.stop());

function secretOf(side: 'source' | 'target') {
  return cloud.vault(side).get(secretName);
}

async function versionsOf(side: 'source' | 'target') {
  const versions = [];
  for await (const version of cloud.vault(side).listVersions(secretName)) versions.push(version);
  return versions;
}

/** Runs the timer and waits until the rotations it started have ended. Times are whole seconds, hence the wait first. */
async function runRotationTimer(): Promise<void> {
  await sleep(1100);
  const since = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  await cloud.runTimer('rotateSasTimer');
  for (;;) {
    const rotations = await cloud.instancesSince('rotate:', since);
    if (rotations.length === 2 && rotations.every((status) => status === 'Completed')) return;
    await sleep(50);
  }
}

describe('the rotation timer', () => {
  it('gives each pipeline a token that has what it needs, and no more', async () => {
    expect(await secretOf('source')).toBeUndefined();
    await runRotationTimer();
    const source = await secretOf('source');
    const target = await secretOf('target');
    expect(source?.value.startsWith('?')).toBe(true);
    const facts = inspectSas(source?.value ?? '');
    expect(facts).toMatchObject({ kind: 'userDelegation', resource: 'c', httpsOnly: true });
    expect([...(facts?.permissions ?? '')].sort().join('')).toBe('alrw');
    expect([...(inspectSas(target?.value ?? '')?.permissions ?? '')].sort().join('')).toBe('lr');
    const days = (Date.parse(facts?.expiresAt ?? '') - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(5.9);
    expect(days).toBeLessThanOrEqual(6);
    expect(source?.tags).toEqual({
      route: cloud.route.name,
      side: 'source',
      kind: 'userDelegation',
      keyId: APP_IDENTITY.objectId,
    });
    expect(Date.parse(source?.expiresAt ?? '') / 1000).toBeCloseTo(Date.parse(facts?.expiresAt ?? '') / 1000, -1);
  });

  it('is seen in GET /routes by the expiry of the tokens, never the tokens', async () => {
    const { body } = await cloud.call(`/routes/${cloud.route.name}`);
    expect(body.source).toMatchObject({
      storageAccess: 'SasToken',
      tokenExpiresAt: (await secretOf('source'))?.expiresAt,
    });
    expect(body.target.tokenExpiresAt).toEqual((await secretOf('target'))?.expiresAt);
    expect(JSON.stringify(body)).not.toContain('sig=');
  });

  it('leaves a fresh token as it is', async () => {
    const before = await versionsOf('source');
    await runRotationTimer();
    expect(await versionsOf('source')).toEqual(before);
  });

  it('replaces a token that cannot work', async () => {
    const meta = { expiresAt: new Date(Date.now() + DAY_MS), contentType: 'text/plain', tags: {} };
    await cloud.vault('source').set(secretName, 'not a token', meta);
    await runRotationTimer();
    expect(inspectSas((await secretOf('source'))?.value ?? '')).toBeDefined();
    expect(await versionsOf('source')).toHaveLength(3);
  });
});

describe('POST /routes/{route}/rotate-sas', () => {
  const path = () => `/routes/${cloud.route.name}/rotate-sas`;

  it('rotates one side, fresh or not, once for callers at the same time', async () => {
    const before = (await versionsOf('target')).length;
    const body = { side: 'target', force: true };
    const answers = await Promise.all([1, 2, 3].map(() => cloud.call(path(), { body })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const [first] = answers[0]?.body.rotations ?? [];
    expect(first).toEqual({
      side: 'target',
      id: expect.stringMatching(/^rotate:[0-9a-f]{32}$/),
      state: expect.any(String),
    });
    while ((await cloud.instanceStatus(first.id)) !== 'Completed') await sleep(50);
    expect((await versionsOf('target')).length).toBe(before + 1);
  });

  it('retires versions beyond the last two, and never the newest', async () => {
    for (let round = 0; round < 3; round++) {
      const { body } = await cloud.call(path(), { body: { side: 'source', force: true } });
      while ((await cloud.instanceStatus(body.rotations[0].id)) !== 'Completed') await sleep(50);
      await sleep(1100);
    }
    const versions = await versionsOf('source');
    expect(versions.length).toBeGreaterThan(3);
    expect(versions.filter(({ enabled }) => enabled)).toHaveLength(2);
    expect(await secretOf('source')).toBeDefined();
  });

  it.each([
    ['/routes/none/rotate-sas', {}, 404],
    [undefined, { side: 'middle' }, 400],
    [undefined, { all: true }, 400],
    [undefined, 'no json', 400],
  ])('refuses %s %j with %d', async (other, body, status) => {
    expect((await cloud.call(other ?? path(), { method: 'POST', body })).status).toBe(status);
  });
});

describe('a transfer with SAS tokens', () => {
  it('works, and leaves no token anywhere but in the vault', async () => {
    const image = buildImage({ seed: 41, layerSizes: [100_000] });
    await pushImage(cloud.stack.registry('source'), 's/app', 'v1', image);
    const document = await cloud.transfer(['s/app:v1']);
    expect(document.state).toBe('Succeeded');
    const signatures = await Promise.all((['source', 'target'] as const).map(signatureOf));
    const places = [
      JSON.stringify(document),
      ...(await readFolder(join(cloud.dir, 'logs'))),
      ...(await readFolder(join(cloud.dir, 'host'))),
    ];
    for await (const { name } of cloud.records.list()) places.push((await cloud.records.readText(name))?.text ?? '');
    expect(places.length).toBeGreaterThan(8);
    for (const place of places) {
      // The record of calls has the parameter, with its value masked.
      expect(/sig=(?!\*)[^&\s"]{0,8}/.exec(place)?.[0]).toBeUndefined();
      for (const signature of signatures) expect(place).not.toContain(signature);
    }
  });
});

async function signatureOf(side: 'source' | 'target'): Promise<string> {
  const value = (await secretOf(side))?.value ?? '';
  return new URLSearchParams(value.slice(1)).get('sig') ?? 'no signature';
}

async function readFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')));
}
