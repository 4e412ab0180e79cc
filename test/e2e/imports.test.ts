import { generateKeyPairSync, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../../local/app/environment.ts';
import { openReceipts } from '../../src/azure/blobs/receipts.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import { formatDetachedSignature, formatSigningInput } from '../../src/domain/receipt/receipt-signature.ts';
import { drop, exportArchive, importRunsOf, importsOf, listImports, md5Of, reconcile } from '../support/archives.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
let bytes: Buffer;
const image = buildImage({ seed: 41, layerSizes: [5000] });
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const verify = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
const base = localRoute();

/** The local target under another name and with other rules; a container's events are of the first route by name. */
const route = { ...base, import: { auto: 'never', by: 'app', waitMinutes: 0.05 } };
const strict = { ...base, name: 'xstrict', receipts: 'required', receiptKeys: { verify }, import: route.import };

beforeAll(async () => {
  cloud = await startTestStack({ settings: { ROUTES_JSON: JSON.stringify([route, strict]) } });
  bytes = await exportArchive(cloud, { repository: 'm/one', blob: 'one.tar', image });
});
afterAll(() => cloud?.stop());

const post = (archive: string, more: object = {}) =>
  cloud.call('/imports', { body: { route: base.name, archive, ...more } });
const receipts = () => openReceipts(cloud.route.target.container, createCredential(cloud.route.target), 'target');

function receiptFor(archive: string, change: object = {}): string {
  return JSON.stringify({
    version: 1,
    transfer: 'far-away',
    route: base.name,
    batch: 'b0001',
    archive: { name: archive, bytes: bytes.length, md5: md5Of(bytes), ...change },
    catalogDigest: null,
    exportedAt: '2026-01-01T00:00:00Z',
    artifacts: [
      { artifact: 'm/one:v1', digest: image.descriptor.digest, mediaType: null, bytes: null, presence: 'confirmed' },
    ],
  });
}

function signed(text: string): string {
  const header = formatSigningInput(text, 'ES256', 'test');
  const input = Buffer.from(`${header.header}.${Buffer.from(text).toString('base64url')}`);
  return formatDetachedSignature(header, sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
}

describe('POST /imports', () => {
  it('imports an archive that nobody else would, once for each state of it', async () => {
    await drop(cloud, 'asked.tar', bytes, {});
    const accepted = await post('asked.tar');
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe(`/api/imports/${accepted.body.id}`);
    const again = await post('asked.tar');
    expect([200, 409]).toContain(again.status);
    const [document] = await importsOf(cloud, 'asked.tar');
    expect(document).toMatchObject({
      id: accepted.body.id,
      state: 'Succeeded',
      trigger: 'request',
      requestedBy: 'key',
    });
    expect((await post('asked.tar')).status).toBe(200);
    expect((await cloud.call(`/imports/${accepted.body.id}`)).body).toEqual(document);
    expect(await importRunsOf(cloud, 'asked.tar')).toHaveLength(1);
    expect((await post('asked.tar', { force: true })).status).toBe(202);
    await importsOf(cloud, 'asked.tar');
    expect(await importRunsOf(cloud, 'asked.tar')).toHaveLength(2);
  });

  it('tries one that failed again, by another run', async () => {
    await drop(cloud, 'broken.tar', bytes.subarray(0, bytes.length - 4000), {});
    await post('broken.tar');
    const [first] = await importsOf(cloud, 'broken.tar');
    expect(first).toMatchObject({ state: 'Failed', error: { code: 'RUN_FAILED' } });
    expect((await post('broken.tar')).status).toBe(202);
    const [second] = await importsOf(cloud, 'broken.tar');
    expect(second).toMatchObject({ id: first?.id, state: 'Failed', attempt: 2 });
    expect(await importRunsOf(cloud, 'broken.tar')).toHaveLength(2);
  });

  it.each([
    ['a blob that is not there', { archive: 'no.tar' }, 404, 'ARCHIVE_NOT_FOUND'],
    ['a route that is not there', { route: 'no', archive: 'x.tar' }, 404, 'ROUTE_NOT_FOUND'],
    ['what is no archive', { archive: 'x.receipt.json' }, 400, 'NO_ARCHIVE'],
    ['a blob of another container', { archive: '../else/x.tar' }, 400, 'NO_ARCHIVE'],
    ['what it does not know', { archive: 'x', artifacts: [] }, 400, 'REQUEST_INVALID'],
  ])('refuses %s with a problem document', async (_name, body, status, code) => {
    await cloud.container('target').writeText('x.receipt.json', '{}');
    const answer = await post('', body);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({ status, body: { type: `urn:acr-transfer:problem:${code}` } });
  });

  it('leaves the archive of a running transfer to that transfer', async () => {
    const requestedAt = new Date().toISOString();
    const more = { options: {}, requestedBy: 'key', requestedAt, correlationId: 'c', retryOf: null };
    const request = { id: 'busy', route: base.name, artifacts: ['m/one:v1'], ...more };
    await cloud.records.writeText('transfers/busy/request.json', JSON.stringify(request));
    await drop(cloud, 'busy-b0001-a01.tar', bytes);
    expect(await post('busy-b0001-a01.tar')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('busy') },
    });
    const ignored = await listImports(cloud, `&state=Ignored&route=${base.name}`);
    expect(ignored.find(({ archive }) => archive.name === 'busy-b0001-a01.tar')?.reason).toContain('transfer busy');
  });

  it('answers 404 for an import that is not there, and pages the list', async () => {
    expect((await cloud.call('/imports/x')).status).toBe(404);
    const { body } = await cloud.call('/imports?limit=1&state=Succeeded');
    expect(body.value).toHaveLength(1);
    expect(body.continuation).toEqual(expect.any(String));
    expect((await cloud.call('/imports?state=Ignored')).status).toBe(400);
  });
});

describe("a run of ACR's own trigger", () => {
  it('is followed, verified and reported, and the app starts none', async () => {
    await drop(cloud, 'theirs.tar', bytes);
    await cloud.operator.pollSources();
    const [document] = await importsOf(cloud, 'theirs.tar');
    expect(document).toMatchObject({ state: 'Succeeded', by: 'service', trigger: 'event' });
    expect(document?.runs.map(({ run }) => run)).toEqual(await importRunsOf(cloud, 'theirs.tar'));
    expect(document?.runs[0]?.run).toContain('_');
    expect(document?.artifacts).toMatchObject([{ artifact: 'm/one:v1', digest: image.descriptor.digest }]);
  });

  it('that comes after the wait is accounted for by the reconciling timer', async () => {
    await drop(cloud, 'later.tar', bytes);
    const [waited] = await importsOf(cloud, 'later.tar');
    expect(waited).toMatchObject({ state: 'Failed', by: null, error: { code: 'SERVICE_DID_NOT_IMPORT' } });
    await cloud.operator.pollSources();
    while ((await importRunsOf(cloud, 'later.tar')).length === 0) await sleep(50);
    await reconcile(cloud);
    await until('later.tar', 'Succeeded');
  });
});

describe('the receipt of an archive', () => {
  const ask = (archive: string) => post(archive, { route: 'xstrict' });

  it('is verified before the import and answered by one of the target', async () => {
    const text = receiptFor('signed.tar');
    await receipts().write('signed.tar.receipt.json', text, signed(text));
    await drop(cloud, 'signed.tar', bytes, {});
    await ask('signed.tar');
    const [document] = await importsOf(cloud, 'signed.tar');
    expect(document).toMatchObject({
      state: 'Succeeded',
      receipt: { state: 'matched', transfer: 'far-away', batch: 'b0001' },
      artifacts: [{ expectedDigest: image.descriptor.digest, outcome: 'Transferred' }],
    });
    const answer = JSON.parse((await receipts().read('signed.tar.imported.json'))?.text ?? 'null');
    expect(answer).toMatchObject({ transfer: 'far-away', id: document?.id, error: null });
    expect(answer.artifacts).toMatchObject([{ verifiedDigest: image.descriptor.digest, outcome: 'Transferred' }]);
  });

  it('that is required and missing stops the import; one that comes later lets the timer import it', async () => {
    await drop(cloud, 'patient.tar', bytes, {});
    await ask('patient.tar');
    const [waited] = await importsOf(cloud, 'patient.tar');
    expect(waited).toMatchObject({ state: 'Failed', error: { code: 'RECEIPT_MISSING' }, runs: [] });
    const text = receiptFor('patient.tar');
    await receipts().write('patient.tar.receipt.json', text, signed(text));
    await reconcile(cloud);
    await until('patient.tar', 'Succeeded');
    expect(await importRunsOf(cloud, 'patient.tar')).toHaveLength(1);
  });

  it.each([
    ['is not signed', {}, () => null, 'RECEIPT_UNSIGNED'],
    ['is signed by nobody known', {}, () => signed('another text'), 'RECEIPT_UNSIGNED'],
    ['is of another length', { bytes: 1 }, signed, 'RECEIPT_MISMATCH'],
  ])('that %s stops the import', async (name, change, signature, code) => {
    const archive = `${name.replaceAll(' ', '-')}.tar`;
    const text = receiptFor(archive, change);
    await receipts().write(`${archive}.receipt.json`, text, signature(text));
    await drop(cloud, archive, bytes, {});
    await ask(archive);
    expect(await importsOf(cloud, archive)).toMatchObject([{ state: 'Failed', error: { code }, runs: [] }]);
    expect(await importRunsOf(cloud, archive)).toEqual([]);
  });
});

async function until(archive: string, state: string): Promise<void> {
  while ((await importsOf(cloud, archive))[0]?.state !== state) await sleep(100);
}
