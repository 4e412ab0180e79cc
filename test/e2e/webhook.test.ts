import { setTimeout as sleep } from 'node:timers/promises';
import { drop, exportArchive, importsOf } from '../support/archives.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  giveSecret,
  openWebhookReceiver,
  WEBHOOK_SECRET,
  WEBHOOK_SECRET_AT,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

let cloud: TestStack;
let receiver: WebhookReceiver;
const QUERY = 'code=of-the-receiver';
const image = buildImage({ seed: 61, layerSizes: [2_000] });

beforeAll(async () => {
  receiver = await openWebhookReceiver();
  const webhook = { url: `${receiver.origin}/ends?${QUERY}`, secret: WEBHOOK_SECRET_AT };
  cloud = await startTestStack({ route: { webhook }, giveUpWithinMs: 0 });
  receiver.serve(cloud.stack.certificates);
  await giveSecret(cloud);
});
afterAll(async () => {
  await cloud?.stop();
  await receiver?.stop();
});

async function transfer(id: string, more: string[] = []) {
  await pushImage(cloud.stack.registry('source'), 'w/image', id, image);
  return cloud.transfer([`w/image:${id}`, ...more], { id });
}

/** The document, once telling of it has come to that state; the host may be starting again meanwhile. */
async function told(id: string, state: string) {
  for (;;) {
    const answer = await cloud.call(`/transfers/${id}`).catch(() => undefined);
    if (answer?.body?.webhook?.state === state) return answer.body;
    await sleep(50);
  }
}

async function toldOfImport(id: string) {
  for (;;) {
    const { webhook } = (await cloud.call(`/imports/${id}`)).body;
    if (webhook?.state === 'Delivered') return webhook;
    await sleep(50);
  }
}

describe('the webhook of a route', () => {
  it('is told of a transfer’s end, signed, with what became of each artifact', async () => {
    await transfer('told', ['w/image:missing']);
    const message = await receiver.message('told');
    expect(message).toMatchObject({ path: `/ends?${QUERY}`, isGenuine: true });
    expect(message.id).toMatch(/^msg_[a-z2-7]{26}$/);
    expect(message.body).toMatchObject({
      type: 'transfer.ended',
      data: {
        id: 'told',
        route: cloud.route.name,
        state: 'CompletedWithErrors',
        counts: { total: 2, Transferred: 1, Failed: 1 },
        report: '/api/transfers/told/report',
        artifacts: [
          { artifact: 'w/image:told', outcome: 'Transferred', digest: image.descriptor.digest },
          { artifact: 'w/image:missing', outcome: 'Failed', digest: null },
        ],
      },
    });
    const { webhook } = await told('told', 'Delivered');
    expect(webhook).toMatchObject({ tries: 1, lastStatus: 200, lastError: null });
    expect((await cloud.call('/transfers/told/report')).body.webhook).toEqual(webhook);
  });

  it('that fails is told again under the same id, also when the host was killed in between', async () => {
    receiver.answers.push(500, 'nothing');
    await transfer('again');
    const first = await receiver.message('again');
    expect((await told('again', 'Pending')).state).toBe('Succeeded');
    // The second message has arrived, and nobody will ever know: the host dies before it has the answer.
    await receiver.message('again', 2);
    process.kill(cloud.stack.host.pid, 'SIGKILL');
    const last = await receiver.message('again', 3);
    const { webhook } = await told('again', 'Delivered');
    expect(webhook).toMatchObject({ tries: 2, lastStatus: 200 });
    const all = receiver.received.filter(({ body }) => body.data.id === 'again');
    expect(all.map(({ id }) => id)).toEqual([first.id, first.id, first.id]);
    expect(all.every(({ isGenuine }) => isGenuine)).toBe(true);
    expect(last.body).toEqual(first.body);
  });

  it('that sends elsewhere is not followed', async () => {
    receiver.answers.push({ status: 307, headers: { location: `${receiver.origin}/elsewhere` } });
    await transfer('moved');
    await receiver.message('moved', 2);
    expect((await told('moved', 'Delivered')).webhook).toMatchObject({ tries: 2 });
    const paths = receiver.received.filter(({ body }) => body.data.id === 'moved').map(({ path }) => path);
    expect(paths).toEqual([`/ends?${QUERY}`, `/ends?${QUERY}`]);
  });

  it('that is gone is left alone', async () => {
    receiver.answers.push(410);
    await transfer('gone');
    const { webhook } = await told('gone', 'GivenUp');
    expect(webhook).toMatchObject({ tries: 1, lastStatus: 410, lastError: 'HTTP_410' });
    expect(await cloud.instanceStatus('notify:transfer:gone:1')).toBe('Completed');
  });

  it('is told of an import’s end', async () => {
    const from = { repository: 'w/dropped', blob: 'webhook.tar', image: buildImage({ seed: 62, layerSizes: [500] }) };
    await drop(cloud, 'webhook.tar', await exportArchive(cloud, from));
    const [document] = await importsOf(cloud, 'webhook.tar');
    const id = document?.id ?? '';
    const { isGenuine, body } = await receiver.message(id);
    expect(isGenuine).toBe(true);
    expect(body).toMatchObject({
      type: 'import.ended',
      data: { state: 'Succeeded', archive: { name: 'webhook.tar' }, counts: { total: 1, Transferred: 1 } },
    });
    expect(await toldOfImport(id)).toMatchObject({ end: 1, tries: 1, lastStatus: 200 });
  });

  it('leaves its URL’s query and its secret nowhere', async () => {
    const { body } = await cloud.call(`/routes/${cloud.route.name}`);
    expect(body.webhook).toMatchObject({ url: `${receiver.origin}/…` });
    const seen = [
      JSON.stringify(body),
      await cloud.hostLog(),
      JSON.stringify((await cloud.call('/transfers/told')).body),
    ];
    for (const text of seen) {
      expect(text).not.toContain('/ends');
      expect(text).not.toContain(QUERY);
      expect(text).not.toContain(WEBHOOK_SECRET.slice('whsec_'.length));
    }
  });

  it('is forgotten with the transfer', async () => {
    expect((await cloud.call('/transfers/gone', { method: 'DELETE' })).status).toBe(202);
    while ((await cloud.call('/transfers/gone')).status !== 404) await sleep(50);
    expect(await cloud.instanceStatus('notify:transfer:gone:1')).toBeUndefined();
    expect(await cloud.records.properties('transfers/gone/webhook.json')).toBeUndefined();
  });
});
