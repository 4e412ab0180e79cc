import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allows, findRole, ROLE_IDS } from '../../local/access/roles.ts';
import type { CallRecord } from '../../local/calls/call.ts';
import { openOperatorVault } from '../../local/cloud/sign-in.ts';
import { APP_IDENTITY, SIGN_IN_SECRET, TARGET_APPLICATION } from '../../local/names.ts';
import { issueSignInCertificate } from '../../local/x509.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { type Need, needsOf } from '../support/needs.ts';
import { askedRoles } from '../support/security-tables.ts';
import { startTestClouds, type TestClouds } from '../support/two-clouds.ts';

const DAY_MS = 86_400_000;
const image = buildImage({ seed: 61, layerSizes: [70_000] });
const ARTIFACT = 'two/clouds:v1';

let running: TestClouds | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(options: Parameters<typeof startTestClouds>[0]): Promise<TestClouds> {
  running = await startTestClouds(options);
  await pushImage(running.clouds.source.registry(), 'two/clouds', 'v1', image);
  return running;
}

async function expectArrival(clouds: TestClouds): Promise<void> {
  const document = await clouds.transfer([ARTIFACT]);
  expect(document).toMatchObject({
    state: 'Succeeded',
    artifacts: [{ outcome: 'Transferred', digest: image.descriptor.digest }],
  });
  expect(document.batches[0]?.copy).toMatchObject({ mode: 'stream' });
  const arrived = await clouds.clouds.target.registry().fetchManifest('two/clouds', 'v1');
  expect(arrived.descriptor.digest).toBe(image.descriptor.digest);
}

/** Puts a certificate into the source's vault, as its owners would. */
async function putCertificate(clouds: TestClouds, fromDays: number, toDays: number): Promise<void> {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS);
  const { key, cert } = await issueSignInCertificate({ notBefore: day(fromDays), notAfter: day(toDays) });
  await openOperatorVault(clouds.clouds.source.operator).setSecret(SIGN_IN_SECRET, `${key}${cert}`);
}

/**
 * What the app asked of the source's vault, by the cloud's own record of calls, and what of it the role of
 * docs/security.md would not allow. Pipelines reach their storage without tokens here: nothing else is asked there.
 */
async function vaultRights({ clouds }: TestClouds): Promise<{ asked: string[]; refused: string[] }> {
  const text = await readFile(join(clouds.source.dir, 'logs', 'calls.jsonl'), 'utf8');
  const calls = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CallRecord);
  const own = calls.filter(({ service, identity }) => service === 'vault' && identity === APP_IDENTITY.objectId);
  const needs = own.flatMap((call) => needsOf(call, () => 'LegacyRegistryPermissions'));
  const role = findRole(ROLE_IDS['Key Vault Secrets User']);
  const nameOf = ({ action }: Need) =>
    ('data' in action ? action.data : action.control).replace(/^Microsoft\.\w+\//, '');
  return {
    asked: [...new Set(needs.map(nameOf))],
    refused: needs.filter(({ action }) => !role || !allows(role, action)).map(nameOf),
  };
}

describe('one app on both sides of two tenants', () => {
  it('transfers by a federated sign-in, copying through itself', async () => {
    const clouds = await start({ signIn: 'federated' });
    await expectArrival(clouds);
  }, 300_000);

  it("names the federated credential that the target's application lacks", async () => {
    const clouds = await start({ signIn: 'federated', application: { federatedCredentials: [] } });
    const { status, type, detail } = await clouds.refusal([ARTIFACT]);
    expect({ status, type }).toEqual({ status: 503, type: 'urn:acr-transfer:problem:AUTHENTICATION_FAILED' });
    expect(detail).toContain(
      `: target side, federated sign-in as application ${TARGET_APPLICATION.clientId} in tenant`,
    );
    expect(detail).toMatch(/AADSTS700211.*check the application's federated credential/);
  }, 300_000);
});

describe('one app on both sides of two clouds', () => {
  it('transfers by a certificate of its own vault, and names one that is expired or unknown', async () => {
    const clouds = await start({ signIn: 'certificate' });
    const vault = openOperatorVault(clouds.clouds.source.operator);
    const good = await vault.getSecret(SIGN_IN_SECRET);
    await putCertificate(clouds, -9, -1);
    const expired = await clouds.refusal([ARTIFACT]);
    expect(expired).toMatchObject({ status: 503, type: 'urn:acr-transfer:problem:CERTIFICATE_EXPIRED' });
    expect(expired.detail).toMatch(
      new RegExp(`target side, certificate sign-in .*/secrets/${SIGN_IN_SECRET} \\(version .* expired at `),
    );
    await putCertificate(clouds, -1, 30);
    const unknown = await clouds.refusal([ARTIFACT]);
    expect(unknown).toMatchObject({ status: 503, type: 'urn:acr-transfer:problem:AUTHENTICATION_FAILED' });
    expect(unknown.detail).toMatch(/AADSTS700027.*not registered/);
    await vault.setSecret(SIGN_IN_SECRET, good.value ?? '');
    await expectArrival(clouds);
    const { asked, refused } = await vaultRights(clouds);
    const row = askedRoles().find(
      ([who, role, scope]) => `${who} ${role} ${scope}` === 'app Key Vault Secrets User vault',
    );
    expect({ asked: asked.join(', '), refused }).toEqual({ asked: row?.[3], refused: [] });
  }, 300_000);
});
