import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followTransfer, postTransfer } from '../../local/app/transfers.ts';
import { startTwoClouds, type TwoClouds, type TwoCloudsOptions } from '../../local/app/two-clouds.ts';
import { FREE_PORTS } from '../../local/cloud/ports.ts';
import { type TransferDocument, transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { trustCertificates, useLocalClouds } from './trust.ts';

/** Two clouds of a tenant each with the built app, on free ports and in a folder of their own. */
export interface TestClouds extends TwoClouds {
  dir: string;
  /** Starts a transfer, which must be accepted, and follows it to its end. */
  transfer(artifacts: string[]): Promise<TransferDocument>;
  /** Asks for a transfer that is refused: the problem document. */
  refusal(artifacts: string[]): Promise<{ status: number; type: string; detail: string }>;
}

/** Starts them; this process becomes a client of the source's cloud. The app must have been built (`npm test` does). */
export async function startTestClouds(options: Pick<TwoCloudsOptions, 'signIn' | 'application'>): Promise<TestClouds> {
  const dir = await mkdtemp(join(tmpdir(), 'acr-transfer-e2e-'));
  const clouds = await startTwoClouds({
    dir,
    appDir: join(import.meta.dirname, '../..'),
    ports: { source: FREE_PORTS, target: FREE_PORTS },
    storageAccess: 'ManagedIdentity',
    route: { retry: { attempts: 1 } },
    ...options,
  });
  const { source } = clouds.clouds;
  trustCertificates(source.certificates.ca);
  useLocalClouds({ HTTPS_PROXY: `http://127.0.0.1:${source.ports.proxy}` });
  return {
    ...clouds,
    dir,
    async transfer(artifacts) {
      const { id } = await postTransfer(clouds.address, { route: clouds.route, artifacts });
      return followTransfer(clouds.address, id, (document) => transferDocumentSchema.parse(document));
    },
    async refusal(artifacts) {
      const { url, key } = clouds.address;
      const body = JSON.stringify({ route: clouds.route, artifacts });
      const response = await fetch(`${url}/api/transfers`, {
        method: 'POST',
        headers: { 'x-functions-key': key },
        body,
      });
      return (await response.json()) as { status: number; type: string; detail: string };
    },
    async stop() {
      await clouds.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
