import type { RegisteredFunction } from '../../../../../local/host/app-model.ts';
import { blobTrigger } from '../../../../../local/host/blob/blob-trigger.ts';

function blobFunction(options: Record<string, unknown>, deferred = 'true'): RegisteredFunction {
  const properties = { supportsDeferredBinding: deferred };
  const binding = {
    type: 'blobTrigger',
    direction: 'in',
    path: 'landing/{name}',
    connection: 'Store',
    properties,
    ...options,
  };
  return { metadata: { name: 'landed', bindings: { blob: binding } }, callback: () => undefined };
}

const SETTINGS = { Store__blobServiceUri: 'https://account.blob.source.test', CONTAINER: 'other' };

describe('a blob trigger', () => {
  it('is found with its account and container', async () => {
    const trigger = await blobTrigger(blobFunction({ path: '%CONTAINER%/{name}' }), SETTINGS);
    expect(trigger?.path.container).toBe('other');
    expect(trigger?.service.url).toBe('https://account.blob.source.test/');
  });

  it('is not served with whole blobs as input', async () => {
    await expect(blobTrigger(blobFunction({}, 'false'), SETTINGS)).rejects.toThrow(
      "blob trigger of function 'landed': sdkBinding must be true",
    );
  });

  it.each([
    [{}, "setting 'Store__blobServiceUri' is missing; it must be the https URL"],
    [{ Store__blobServiceUri: 'http://a.test' }, "is 'http://a.test'; it must be the https URL"],
  ])('names the setting of its connection when that is wrong: %p', async (settings, message) => {
    await expect(blobTrigger(blobFunction({}), settings)).rejects.toThrow(message);
  });

  it('names a path that is wrong', async () => {
    await expect(blobTrigger(blobFunction({ path: 'UP/{name}' }), SETTINGS)).rejects.toThrow(
      "blob trigger of function 'landed': blob path 'UP/{name}'",
    );
  });
});
