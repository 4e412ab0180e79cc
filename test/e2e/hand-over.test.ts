import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { request } from 'undici';
import { APP_IDENTITY, OPERATOR_IDENTITY, resourcesOf } from '../../local/names.ts';
import { type ImportReceipt, receiptNames } from '../../src/domain/receipt/receipt.ts';
import { verifySignature } from '../../src/domain/receipt/receipt-signature.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { archiveOf, receiptOf, receiptsOf, until } from '../support/receipts.ts';
import { pemOf, signDetached } from '../support/signing.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  giveSecret,
  openWebhookReceiver,
  WEBHOOK_SECRET_AT,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

const { vaultUrl, vaultId } = resourcesOf('source');
const { privateKey: targetKey, publicKey: targetPublicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const image = buildImage({ seed: 71, layerSizes: [300_000, 100] });
let cloud: TestStack;

async function push(id: string, tags = 1): Promise<string[]> {
  const names = Array.from({ length: tags }, (_, index) => `h/${id}:v${index}`);
  for (let index = 0; index < tags; index++) {
    await pushImage(cloud.stack.registry('source'), `h/${id}`, `v${index}`, image);
  }
  return names;
}

async function reconcile(): Promise<void> {
  await cloud.runTimer('reconcileTimer');
}

function documentOf(id: string) {
  return async () => (await cloud.call(`/transfers/${id}`)).body as TransferDocument;
}

describe('an app that serves the source side and reaches nothing of the target', () => {
  let publicKey: string;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    receiver = await openWebhookReceiver();
    cloud = await startTestStack({
      minimumRunMs: 1000,
      giveUpWithinMs: 0,
      route: {
        serves: 'source',
        target: undefined,
        receipts: 'required',
        receiptKeys: { sign: { vault: vaultUrl, key: 'receipts' }, verify: [pemOf(targetPublicKey)] },
        retention: { archivesDays: 0, runsDays: 0, reportsDays: 365 },
        webhook: { url: `${receiver.origin}/ends`, secret: WEBHOOK_SECRET_AT },
      },
    });
    await cloud.operator.assign('source', APP_IDENTITY.objectId, 'Key Vault Crypto User', vaultId);
    publicKey = await makeKey();
    receiver.serve(cloud.stack.certificates);
    await giveSecret(cloud);
  });
  afterAll(async () => {
    await cloud?.stop();
    await receiver?.stop();
  });

  async function makeKey(): Promise<string> {
    await cloud.operator.assign('source', OPERATOR_IDENTITY.objectId, 'Key Vault Crypto Officer', vaultId);
    const answer = await request(`${vaultUrl}/keys/receipts/create?api-version=7.4`, {
      method: 'POST',
      body: JSON.stringify({ kty: 'EC', crv: 'P-256' }),
      headers: { authorization: `Bearer ${cloud.operator.token('https://vault.source.test')}` },
    });
    const { key } = (await answer.body.json()) as { key: Record<string, string> };
    return pemOf(createPublicKey({ key, format: 'jwk' }));
  }

  function importReceipt(document: TransferDocument, more: Partial<ImportReceipt> = {}): ImportReceipt {
    const [batch] = document.batches;
    return {
      version: 1,
      transfer: document.id,
      batch: batch?.path ?? '',
      archive: { name: archiveOf(document), bytes: batch?.handover?.bytes ?? 0, md5: batch?.handover?.md5 ?? null },
      id: 'import',
      importedAt: new Date().toISOString(),
      error: null,
      artifacts: (document.artifacts ?? []).map(({ artifact, digest }) => ({
        artifact,
        digest: digest ?? '',
        verifiedDigest: digest,
        outcome: 'Transferred',
        error: null,
      })),
      ...more,
    };
  }

  /** What the carrier brings back. */
  async function bringBack(document: TransferDocument, receipt: ImportReceipt, key = targetKey): Promise<void> {
    const text = JSON.stringify(receipt);
    const name = receiptNames.importReceipt(archiveOf(document));
    await receiptsOf(cloud, 'source').write(name, text, signDetached(text, { alg: 'ES256' }, key));
  }

  it('hands over: says what to carry and how, with a signed receipt', async () => {
    const artifacts = await push('carry', 2);
    const document = await cloud.transfer(artifacts, { id: 'carry' });
    expect(document).toMatchObject({ state: 'HandedOver', counts: { total: 2, HandedOver: 2 }, error: null });
    const archive = archiveOf(document);
    const blob = await cloud.container('source').properties(archive);
    const { text, signature, receipt } = await receiptOf(cloud, 'source', archive);
    expect(verifySignature(text, signature, [publicKey])).toEqual({ ok: true });
    expect(receipt).toMatchObject({
      transfer: 'carry',
      route: cloud.route.name,
      batch: 'b0001',
      archive: { name: archive, bytes: blob?.sizeBytes, md5: blob?.contentMd5 },
      catalogDigest: document.batches[0]?.export?.catalogDigest,
      artifacts: artifacts.map((artifact) => ({ artifact, digest: image.descriptor.digest, presence: 'expected' })),
    });
    const url = `${cloud.route.source.container}/${archive}`;
    expect(document.batches[0]).toMatchObject({
      step: 'Done',
      copy: null,
      import: null,
      handover: {
        archive: url,
        bytes: blob?.sizeBytes,
        md5: blob?.contentMd5,
        receipt: receiptsOf(cloud, 'source').urlOf(receiptNames.receipt(archive)),
      },
    });
    expect(document.batches[0]?.handover?.azcopy).toContain(`azcopy copy '${url}' 'https://`);
    expect(JSON.stringify(document)).not.toMatch(/sig=|eyJ/);
    expect(await cloud.stack.registry('target').resolve('h/carry', 'v0')).toBeUndefined();
  });

  it('keeps it until the other side has spoken: no retry, no deletion, not by the timer either', async () => {
    const refusals = [
      await cloud.call('/transfers/carry/retry', { method: 'POST' }),
      await cloud.call('/transfers/carry/cancel', { method: 'POST' }),
      await cloud.call('/transfers/carry', { method: 'DELETE' }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409]);
    expect(refusals[2]?.body.detail).toContain('force');
    await cloud.runTimer('retentionTimer');
    await until(cloud.hostLog, (log) => log.includes('retentionDone'));
    expect(await cloud.container('source').properties(archiveOf(await documentOf('carry')()))).toBeDefined();
    expect(await cloud.records.properties('open/carry')).toBeDefined();
  });

  it('believes no receipt that another key signed, and names it', async () => {
    const document = await documentOf('carry')();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await bringBack(document, importReceipt(document), privateKey);
    await reconcile();
    const noted = await until(documentOf('carry'), ({ batches }) => batches[0]?.handover?.ignored !== null);
    expect(noted).toMatchObject({ state: 'HandedOver', counts: { HandedOver: 2 } });
    expect(noted.batches[0]?.handover?.ignored).toMatchObject({ code: 'SIGNATURE_WRONG' });
    await until(cloud.hostLog, (log) => log.includes('receiptIgnored'));
  });

  it("is final with the other side's receipt, each artifact as that side says", async () => {
    const document = await documentOf('carry')();
    const receipt = importReceipt(document);
    const [first, second] = receipt.artifacts;
    if (!first || !second) throw new Error('two artifacts were handed over');
    const error = { class: 'artifact', code: 'NOT_ARRIVED', message: 'It was not in the archive.' } as const;
    const failed = { ...second, verifiedDigest: null, outcome: 'Failed', error } as const;
    await bringBack(document, { ...receipt, artifacts: [first, failed] });
    await reconcile();
    const ended = await until(documentOf('carry'), ({ counts }) => counts.HandedOver === 0);
    expect(ended).toMatchObject({ state: 'CompletedWithErrors', counts: { Transferred: 1, Failed: 1 } });
    expect(ended.artifacts?.[1]?.attempts.at(-1)).toMatchObject({ step: 'Import', code: 'NOT_ARRIVED' });
    await until(
      () => cloud.records.properties('open/carry'),
      (marker) => marker === undefined,
    );
    const [arrived = ''] = receipt.artifacts.map(({ artifact }) => artifact);
    const again = await cloud.transfer([arrived]);
    expect(again).toMatchObject({ state: 'Succeeded', counts: { AlreadyPresent: 1 } });
    const forced = await cloud.transfer([arrived], { options: { force: true } });
    expect(forced).toMatchObject({ state: 'HandedOver', counts: { HandedOver: 1 } });
    const retried = await cloud.call('/transfers/carry/retry', { method: 'POST' });
    expect(retried).toMatchObject({ status: 202, body: { counts: { total: 1 } } });
    expect(await cloud.follow(retried.body.id)).toMatchObject({ state: 'HandedOver' });
  });

  it('has told the webhook of both ends, under an id each', async () => {
    const messages = [await receiver.message('carry'), await receiver.message('carry', 2)];
    expect(messages.map(({ body }) => body.data)).toEqual([
      expect.objectContaining({ state: 'HandedOver', counts: expect.objectContaining({ HandedOver: 2 }) }),
      expect.objectContaining({ state: 'CompletedWithErrors', counts: expect.objectContaining({ HandedOver: 0 }) }),
    ]);
    expect(messages[0]?.id).not.toBe(messages[1]?.id);
    const { webhook } = await until(documentOf('carry'), (found) => found.webhook?.state === 'Delivered');
    expect(webhook).toMatchObject({ end: 2, tries: 1 });
    await reconcile();
    expect(receiver.received.filter(({ body }) => body.data.id === 'carry')).toHaveLength(2);
  });

  it('is deleted then, with its archive and receipts', async () => {
    const archive = archiveOf(await documentOf('carry')());
    expect((await cloud.call('/transfers/carry', { method: 'DELETE' })).status).toBe(202);
    await until(
      () => cloud.call('/transfers/carry'),
      ({ status }) => status === 404,
    );
    expect(await cloud.container('source').properties(archive)).toBeUndefined();
    const left: string[] = [];
    for await (const name of receiptsOf(cloud, 'source').list('carry-')) left.push(name);
    expect(left).toEqual([]);
  });

  it('says what it would move, and what of it cannot be', async () => {
    const artifacts = [...(await push('dry')), 'h/dry:absent'];
    const body = { route: cloud.route.name, artifacts };
    const dry = await cloud.call('/transfers?dryRun=true', { body });
    expect(dry).toMatchObject({ status: 200, body: { counts: { total: 2, moving: 1, Failed: 1 } } });
    expect(await cloud.transfer(artifacts)).toMatchObject({
      state: 'CompletedWithErrors',
      counts: { HandedOver: 1, Failed: 1 },
    });
    // By what was handed over before.
    const again = await cloud.call('/transfers?dryRun=true', { body });
    expect(again.body).toMatchObject({ counts: { moving: 1 }, estimatedSeconds: expect.any(Number) });
    expect((await cloud.call('/routes')).body.value[0]).toMatchObject({ serves: 'source', target: null });
    const { checks } = (await cloud.call(`/routes/${cloud.route.name}/check`, { body: {} })).body;
    expect(
      checks.filter(({ side, status }: Record<string, string>) => side === 'target' || status === 'fault'),
    ).toEqual([]);
  });

  it('hands over once when the host is killed between the export and the receipt', async () => {
    const artifacts = await push('killed');
    await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts, id: 'killed' } });
    await until(
      () => cloud.container('source').properties('killed-b0001-a01.tar'),
      (blob) => blob !== undefined,
    );
    const { pid } = cloud.stack.host;
    process.kill(pid, 'SIGKILL');
    await until(
      async () => cloud.stack.host.pid,
      (current) => current !== pid,
    );
    const document = await cloud.follow('killed');
    expect(document).toMatchObject({ state: 'HandedOver', counts: { HandedOver: 1 } });
    const { text, signature, receipt } = await receiptOf(cloud, 'source', archiveOf(document));
    expect(verifySignature(text, signature, [publicKey])).toEqual({ ok: true });
    expect(receipt.artifacts).toMatchObject([{ artifact: artifacts[0], presence: 'confirmed' }]);
    const runs: string[] = [];
    for await (const { properties } of cloud.pipelines('source').listRuns()) {
      if (properties.request?.target?.name?.startsWith('killed-')) runs.push(properties.response?.status ?? '');
    }
    expect(runs).toEqual(['Succeeded']);
  });
});
