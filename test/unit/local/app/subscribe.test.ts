import { appEnvironment, localRoute } from '../../../../local/app/environment.ts';
import { planSubscriptions, readBlobsKey } from '../../../../local/app/subscribe.ts';
import { FREE_PORTS } from '../../../../local/cloud/ports.ts';
import { serve } from '../../../../local/http.ts';
import { storageAccountId } from '../../../../local/names.ts';
import { loadSettings } from '../../../../src/config/settings.ts';
import { listBlobTriggerNeeds } from '../../../../src/domain/route/blob-triggers.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';

const APP = { url: 'http://127.0.0.1:7071', blobsKey: 'a key/+' };
const secrets = { identityHeader: 'i', functionKey: 'f', masterKey: 'm' };
const environment = () => appEnvironment(FREE_PORTS, { caPath: '/ca.pem', secrets } as never);

describe('the subscriptions of the local app', () => {
  it('are those that its routes need: the functions that it registers, and the containers that it watches', () => {
    const { blobTriggers, blobTriggerSource, faults } = loadSettings(environment(), '.');
    expect([blobTriggerSource, faults]).toEqual(['EventGrid', []]);
    const [subscription, ...more] = planSubscriptions(localRoute(), APP);
    expect(more).toEqual([]);
    expect(blobTriggers).toHaveLength(1);
    const functionName = blobTriggers[0]?.functionName ?? '';
    expect(subscription).toMatchObject({
      name: functionName.replace('_', '-'),
      topic: storageAccountId('tgtstore'),
      filter: { subjectBeginsWith: '/blobServices/default/containers/transfer/blobs/' },
    });
    const url = new URL(subscription?.endpointUrl ?? '');
    expect([url.origin, url.pathname]).toEqual([APP.url, '/runtime/webhooks/blobs']);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      functionName: `Host.Functions.${functionName}`,
      code: APP.blobsKey,
    });
  });

  it('are none where the route cannot be used', () => {
    expect(planSubscriptions(localRoute({ target: {} }), APP)).toEqual([]);
  });
});

describe('the settings of the local app', () => {
  it('are those that its routes need', () => {
    const [needs] = listBlobTriggerNeeds([routeSchema.parse(localRoute())]);
    expect(Object.keys(needs?.settings ?? {})).toHaveLength(2);
    expect(environment()).toMatchObject(needs?.settings ?? {});
  });
});

describe('readBlobsKey', () => {
  it('says what the host answered instead of a key', async () => {
    const server = await serve((_request, response) => void response.writeHead(401).end(), { port: 0 });
    const reading = readBlobsKey({ url: `http://127.0.0.1:${server.port}`, masterKey: 'wrong' });
    await expect(reading).rejects.toThrow('blobs_extension cannot be read: the host answered 401');
    await server.stop();
  });
});
