import { isSameContainer, parseContainerUrl } from '../../../src/domain/container-url.ts';
import { parseRegistryId } from '../../../src/domain/resource-id.ts';

const PUBLIC = 'blob.core.windows.net';

describe('parseContainerUrl', () => {
  it('gives account and container, with a trailing slash or without', () => {
    const parts = { accountUrl: 'https://contoso.blob.core.windows.net', account: 'contoso', container: 'transfer' };
    expect(parseContainerUrl('https://contoso.blob.core.windows.net/transfer', PUBLIC)).toEqual(parts);
    expect(parseContainerUrl('https://contoso.blob.core.windows.net/transfer/', PUBLIC)).toEqual(parts);
  });

  it.each([
    'http://contoso.blob.core.windows.net/transfer',
    'https://contoso.blob.core.chinacloudapi.cn/transfer',
    'https://contoso.evil.blob.core.windows.net/transfer',
    'https://contoso.blob.core.windows.net.evil.test/transfer',
    'https://contoso.blob.core.windows.net@evil.test/transfer',
    'https://contoso.blob.core.windows.net:8443/transfer',
    'https://contoso.blob.core.windows.net/transfer/folder',
    'https://contoso.blob.core.windows.net/transfer?sig=x',
    'https://contoso.blob.core.windows.net/tr--ansfer',
    'https://contoso.blob.core.windows.net/-transfer',
    'https://contoso.blob.core.windows.net/ab',
    'https://contoso.blob.core.windows.net/',
    'https://co.blob.core.windows.net/transfer',
    '',
  ])('refuses %j', (url) => {
    expect(parseContainerUrl(url, PUBLIC)).toBeUndefined();
  });
});

describe('isSameContainer', () => {
  it('does not mind case or a trailing slash', () => {
    expect(isSameContainer('https://A.blob.test/c/', 'https://a.blob.test/c')).toBe(true);
    expect(isSameContainer('https://a.blob.test/c1', 'https://a.blob.test/c2')).toBe(false);
    expect(isSameContainer('https://a.blob.test/c', 'https://b.blob.test/c')).toBe(false);
  });
});

describe('parseRegistryId', () => {
  const id =
    '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-1/providers/Microsoft.ContainerRegistry/registries/contoso';

  it('gives the parts, and compares the words of the path without case', () => {
    const parts = {
      subscriptionId: '11111111-2222-3333-4444-555555555555',
      resourceGroup: 'rg-1',
      registryName: 'contoso',
    };
    expect(parseRegistryId(id)).toEqual(parts);
    expect(parseRegistryId(id.replace('resourceGroups', 'resourcegroups'))).toEqual(parts);
  });

  it.each([`${id}/exportPipelines/p`, `${id}/`, `${id}-1`, id.replace('Microsoft', 'Contoso'), id.slice(1), ''])(
    'refuses %j',
    (text) => {
      expect(parseRegistryId(text)).toBeUndefined();
    },
  );
});
