import { BlobBindings } from '../../../../../local/host/bindings/blob-bindings.ts';

const SETTINGS = { Store__blobServiceUri: 'https://store.blob.test/' };

function registered(trigger: string, blob: Record<string, unknown>) {
  const bindings = {
    trigger: { type: trigger },
    page: { type: 'blob', direction: 'out', connection: 'Store', ...blob },
  };
  return { metadata: { name: 'f', bindings }, callback: () => undefined };
}

describe('BlobBindings', () => {
  it.each([
    ['orchestrationTrigger', { path: 'c/b' }, 'orchestrators and entities have no blob bindings'],
    ['entityTrigger', { path: 'c/b' }, 'orchestrators and entities have no blob bindings'],
    ['httpTrigger', { path: 'c' }, "path is 'c'; allowed: container/blob"],
    ['httpTrigger', { path: 'c/b', connection: 'Other' }, "setting 'Other__blobServiceUri' is missing"],
    ['httpTrigger', { path: '%NONE%/b' }, "'%NONE%' names a setting that does not exist"],
  ])('refuse what they cannot serve: %s with %p', async (trigger, blob, message) => {
    const connecting = BlobBindings.connect([registered(trigger, blob)], SETTINGS);
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toThrow("blob binding 'page' of function 'f'");
  });

  it('take what they can', async () => {
    await expect(
      BlobBindings.connect([registered('httpTrigger', { path: 'c/{id}' })], SETTINGS),
    ).resolves.toBeDefined();
  });
});
