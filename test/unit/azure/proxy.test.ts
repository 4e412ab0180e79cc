import { getGlobalDispatcher, request, setGlobalDispatcher } from 'undici';
import type { RunningServer } from '../../../local/http.ts';
import { startProxy } from '../../../local/proxy.ts';
import { useEnvironmentProxy } from '../../../src/azure/proxy.ts';

const former = getGlobalDispatcher();
const asked: string[] = [];
let proxy: RunningServer;

beforeAll(async () => {
  proxy = await startProxy({
    port: 0,
    portOf(host) {
      asked.push(host);
      return undefined;
    },
  });
});
afterAll(async () => {
  setGlobalDispatcher(former);
  await proxy.stop();
});

describe('useEnvironmentProxy', () => {
  it('sends undici through the proxy that the environment names', async () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
    useEnvironmentProxy();
    await expect(request('https://contoso.azurecr.source.test/v2/')).rejects.toThrow();
    expect(asked).toEqual(['contoso.azurecr.source.test']);
  });
});
