import type { RegisteredFunction } from '../../../../../local/host/app-model.ts';
import { MAX_BLOB_INPUT_BYTES } from '../../../../../local/host/blob/blob-input.ts';
import { blobInvocation, blobTrigger } from '../../../../../local/host/blob/blob-trigger.ts';

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

  it.each([
    ['names with sdkBinding', 'true', {}, 'names'],
    ['bytes without', 'false', {}, 'bytes'],
    ['bytes', 'false', { dataType: 'Binary' }, 'bytes'],
    ['text', 'false', { dataType: 'string' }, 'text'],
  ])('gives %s', async (_what, deferred, options, expected) => {
    expect((await blobTrigger(blobFunction(options, deferred), SETTINGS))?.input).toBe(expected);
  });

  it('names a data type that is none', async () => {
    const reason = "blob trigger of function 'landed': dataType is 'stream'; allowed: binary, string";
    await expect(blobTrigger(blobFunction({ dataType: 'stream' }, 'false'), SETTINGS)).rejects.toThrow(reason);
  });

  it('refuses a blob as bytes that is too large, before it reads it, and no blob as names', async () => {
    const properties = { etag: '"1"', lastModified: new Date(), contentLength: MAX_BLOB_INPUT_BYTES + 1 };
    const blob = { container: 'landing', name: 'big', properties };
    const invoke = async (deferred: string) => {
      const trigger = await blobTrigger(blobFunction({}, deferred), SETTINGS);
      if (!trigger) throw new Error('no trigger');
      return blobInvocation(trigger, blob, {});
    };
    await expect(invoke('false')).rejects.toThrow(
      "'landing/big' has 104857601 bytes; a function without sdkBinding gets at most 104857600",
    );
    expect((await invoke('true')).inputData[0]?.data.modelBindingData).toBeDefined();
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
