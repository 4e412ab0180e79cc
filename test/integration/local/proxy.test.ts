import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline';
import { request } from 'undici';
import type { RunningServer } from '../../../local/http.ts';
import { sendJson, serve } from '../../../local/http.ts';
import type { LocalBase } from '../../support/local-base.ts';
import { startLocalBase } from '../../support/local-base.ts';

const HOST = 'management.source.test';

let base: LocalBase;
let server: RunningServer;

beforeAll(async () => {
  base = await startLocalBase();
  const { tls } = base.certificates;
  server = await serve((_request, response, url) => sendJson(response, 200, { host: url.host }), { port: 0, tls });
  base.ports.set(HOST, server.port);
});

afterAll(async () => {
  await server?.stop();
  await base?.stop();
});

async function askBySdk(url: string): Promise<string | null | undefined> {
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } });
  return (await pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest({ url }))).bodyAsText;
}

describe('the proxy of the local clouds', () => {
  it('leads the SDK pipeline to the emulator, TLS verified by the name it asked for', async () => {
    expect(await askBySdk(`https://${HOST}/`)).toBe(JSON.stringify({ host: HOST }));
  });

  it('leads undici there too', async () => {
    const { body } = await request(`https://${HOST}/`);

    expect(await body.json()).toEqual({ host: HOST });
  });

  it('refuses both every other name', async () => {
    expect(await askBySdk('https://example.com/')).toContain('not in the local cloud');
    await expect(request('https://example.com/')).rejects.toThrow();
  });
});
