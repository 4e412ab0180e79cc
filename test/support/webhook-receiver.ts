import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from '../../local/certificates.ts';
import { APP_IDENTITY, OPERATOR_IDENTITY, resourcesOf } from '../../local/names.ts';
import { openVault } from '../../src/azure/key-vault.ts';
import type { TestStack } from './stack.ts';

/** A message that a receiver got. */
export interface Received {
  path: string;
  id: string;
  /** Whether its signature is right by the key of {@link WEBHOOK_SECRET}. */
  isGenuine: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of any shape
  body: any;
}

/** What a receiver answers: a status, with headers; or it never does. */
export type ReceiverAnswer = number | { status: number; headers: Record<string, string> } | 'nothing';

export interface WebhookReceiver {
  /** `https://localhost:{port}`. */
  origin: string;
  received: Received[];
  /** What is answered to the next messages, one after the other; 200 to those after them. */
  answers: ReceiverAnswer[];
  /** Takes calls from now on, with the local clouds' certificate. */
  serve(certificates: Certificates): void;
  /** The message of that number (from 1) of a transfer or import, as soon as it has come. */
  message(of: string, number?: number): Promise<Received>;
  stop(): Promise<void>;
}

const KEY = Buffer.from('a key of thirty-two bytes for it');
/** A secret as a vault holds it. */
export const WEBHOOK_SECRET = `whsec_${KEY.toString('base64')}`;

/** Whether headers and body are a message by Standard Webhooks under the key, made within 5 minutes of now. */
function isGenuine(headers: Record<string, string | string[] | undefined>, body: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const mac = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64');
  return signature === `v1,${mac}` && Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
}

/** Takes a port at once, so that a route can name it, and serves later, when the certificate is there. */
export async function openWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const answers: ReceiverAnswer[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    origin: `https://localhost:${(listener.address() as AddressInfo).port}`,
    received,
    answers,
    serve({ tls }) {
      const server = createHttpsServer(tls, async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const { url: path = '', headers } = request;
        const id = String(headers['webhook-id']);
        received.push({ path, id, isGenuine: isGenuine(headers, text), body: JSON.parse(text) });
        const answer = answers.shift() ?? 200;
        if (answer === 'nothing') return;
        const { status, headers: more = {} } = typeof answer === 'number' ? { status: answer } : answer;
        response.writeHead(status, more).end('{"secret":"what a receiver says is nobody\'s"}');
      });
      listener.on('connection', (socket) => server.emit('connection', socket));
    },
    async message(of, number = 1) {
      for (;;) {
        const found = received.filter(({ body }) => body.data.id === of)[number - 1];
        if (found) return found;
        await sleep(50);
      }
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Where {@link giveSecret} keeps the secret, as a route names it. */
export const WEBHOOK_SECRET_AT = { vault: resourcesOf('source').vaultUrl, name: 'webhook' };

/** Puts the secret into the source's vault, and lets the app read that one, as a deployment does. */
export async function giveSecret({ operator }: TestStack): Promise<void> {
  const { vaultId, vaultUrl } = resourcesOf('source');
  await operator.assign('source', OPERATOR_IDENTITY.objectId, 'Key Vault Secrets Officer', vaultId);
  const secretId = `${vaultId}/secrets/${WEBHOOK_SECRET_AT.name}`;
  await operator.assign('source', APP_IDENTITY.objectId, 'Key Vault Secrets User', secretId);
  const token = operator.token('https://vault.source.test');
  const vault = openVault(vaultUrl, { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) });
  const expiresAt = new Date(Date.now() + 86_400_000);
  await vault.set(WEBHOOK_SECRET_AT.name, WEBHOOK_SECRET, { expiresAt, contentType: 'text/plain', tags: {} });
}
