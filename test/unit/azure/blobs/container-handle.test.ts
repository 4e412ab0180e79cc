import type { TokenCredential } from '@azure/core-auth';
import { containerHandle } from '../../../../src/azure/blobs/container-handle.ts';

const CREDENTIAL: TokenCredential = { getToken: async () => ({ token: 't', expiresOnTimestamp: 0 }) };

describe('a call on a blob', () => {
  const { call } = containerHandle('https://store.blob.core.windows.net/transfer', CREDENTIAL, 'target');

  it.each(['../else/x.tar', 'a/../../else/x.tar', './x', 'a/.', '..', ''])(
    'is not made under the name %j, which would lead to another one',
    async (blob) => {
      const run = jest.fn();
      await expect(call({ action: 'read', blob }, run)).rejects.toMatchObject({
        code: 'BLOB_NAME_INVALID',
        side: 'target',
      });
      expect(run).not.toHaveBeenCalled();
    },
  );

  it.each(['x.tar', 'in/a..b/.c', '...', 'a//b', '%2e%2e/x'])('is made under the name %j', async (blob) => {
    await expect(call({ action: 'read', blob }, async () => 'made')).resolves.toBe('made');
  });
});
