import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Services } from '../../../../src/activities/services.ts';
import { sendWebhook } from '../../../../src/activities/transfer/send-webhook.ts';
import { ImportRecords } from '../../../../src/azure/records/import-records.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { WebhookRecords } from '../../../../src/azure/records/webhook-records.ts';
import { TransferError } from '../../../../src/domain/errors.ts';
import { newImport, reopened } from '../../../../src/domain/import/import-document.ts';
import { notTold } from '../../../../src/domain/webhook/webhook.ts';
import { reportOf } from '../../../support/history-world.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const SECRET = 'a secret of more than 24 bytes';
const TRY = { kind: 'transfer', id: 'abc', end: 1, tries: 1, last: false } as const;
const AT = '2026-01-01T00:00:00.000Z';

let server: Server;
let received: { id: string; body: { type: string; data: Record<string, unknown> } }[];
let answer: { status: number; before?: () => Promise<void> };

beforeEach(async () => {
  received = [];
  answer = { status: 200 };
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ id: String(request.headers['webhook-id']), body: JSON.parse(text) });
    await answer.before?.();
    response.writeHead(answer.status).end('not for anybody');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function openWorld() {
  const container = memoryContainer();
  const transfers = new TransferRecords(container);
  const imports = new ImportRecords(container);
  const webhooks = new WebhookRecords(container);
  const { port } = server.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/secret-path?code=q`, secret: { vault: 'v', name: 'w' } };
  const state = { webhook: webhook as object | undefined, isUsable: true, secret: SECRET as string | undefined };
  const route = () => {
    if (state.isUsable) return { webhook: state.webhook };
    throw new TransferError('not usable', { class: 'service', code: 'ROUTE_NOT_USABLE' });
  };
  const vault = () => ({ get: async () => (state.secret === undefined ? undefined : { value: state.secret }) });
  const services = { transfers, imports, webhooks, route, vault } as unknown as Services;
  await transfers.writeReport({ ...reportOf('abc', 0), webhook: notTold(1) });
  const told = async () => (await transfers.readDocument('abc'))?.webhook;
  return { container, transfers, imports, services, state, told };
}

describe('sendWebhook', () => {
  it('tells of an end, and keeps that it has', async () => {
    const { services, told } = await openWorld();
    expect(await sendWebhook(services, TRY)).toEqual({ done: true, retryAfterMs: 0 });
    expect(received[0]?.body).toMatchObject({ type: 'transfer.ended', data: { id: 'abc', state: 'Succeeded' } });
    expect(await told()).toMatchObject({ end: 1, state: 'Delivered', tries: 1, lastStatus: 200, lastError: null });
  });

  it('keeps why it failed, and that nobody tries any more after the last time', async () => {
    const { services, told } = await openWorld();
    answer = { status: 503 };
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: false });
    expect(await told()).toMatchObject({ state: 'Pending', lastStatus: 503, lastError: 'HTTP_503' });
    await sendWebhook(services, { ...TRY, tries: 13, last: true });
    expect(await told()).toMatchObject({ state: 'GivenUp', tries: 13 });
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
  });

  it('tries again later where route or secret are away, and gives up where the route has no webhook any more', async () => {
    const { services, state, told } = await openWorld();
    state.isUsable = false;
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: false });
    expect(await told()).toMatchObject({ state: 'Pending', lastError: 'ROUTE_NOT_USABLE' });
    Object.assign(state, { isUsable: true, secret: undefined });
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: false });
    expect(await told()).toMatchObject({ state: 'Pending', lastError: 'WEBHOOK_SECRET_MISSING' });
    state.webhook = undefined;
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: true });
    expect(await told()).toMatchObject({ state: 'GivenUp', lastError: 'WEBHOOK_NOT_CONFIGURED' });
    expect(received).toEqual([]);
  });

  it('tells of both ends of a transfer that was handed over, under two ids, and of the first only until the second', async () => {
    const { services, transfers, told } = await openWorld();
    await sendWebhook(services, TRY);
    await transfers.changeReport('abc', () => ({ ...reportOf('abc', -1), webhook: notTold(2) }));
    expect(await told()).toEqual(notTold(2));
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: true });
    expect(received).toHaveLength(1);
    await sendWebhook(services, { ...TRY, end: 2 });
    expect(new Set(received.map(({ id }) => id)).size).toBe(2);
    expect(await told()).toMatchObject({ end: 2, state: 'Delivered' });
  });

  it('leaves nothing behind of a transfer that is deleted while the receiver takes its time', async () => {
    const { services, container, transfers } = await openWorld();
    const request = { ...reportOf('abc', 0), artifacts: ['a:1'] };
    answer = { status: 200, before: () => transfers.delete(request) };
    await sendWebhook(services, TRY);
    expect(await container.properties('transfers/abc/webhook.json')).toBeUndefined();
    expect(await sendWebhook(services, TRY)).toMatchObject({ done: true });
    expect(received).toHaveLength(1);
  });

  it('keeps in an import’s own record how telling of its newest end went', async () => {
    const { services, imports } = await openWorld();
    const archive = { account: 'a', container: 'c', name: 'x.tar', bytes: 1, md5: null, etag: 'e', landedAt: AT };
    const cause = { trigger: 'event', requestedBy: 'event', correlationId: 'c' } as const;
    const document = newImport({ id: 'i', route: 'r', archive, requestedAt: AT, ...cause });
    const ended = { ...document, state: 'Failed' as const, finishedAt: AT, ends: 1, webhook: notTold(1) };
    await imports.create(ended);
    await sendWebhook(services, { ...TRY, kind: 'import', id: 'i' });
    expect((await imports.read('i'))?.webhook).toMatchObject({ state: 'Delivered', lastStatus: 200 });
    expect(received[0]?.body).toMatchObject({ type: 'import.ended', data: { archive: { name: 'x.tar' } } });
    await imports.update('i', (found) => reopened(found, { ...cause, at: AT, isAnew: true }));
    expect(await imports.read('i')).toMatchObject({ ends: 1, state: 'Accepted' });
    expect(await sendWebhook(services, { ...TRY, kind: 'import', id: 'i' })).toMatchObject({ done: true });
    expect(received).toHaveLength(1);
  });
});
