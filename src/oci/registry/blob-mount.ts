import { parseDigest } from '../digest.ts';
import { requireRepository } from '../names.ts';
import { discardBody } from './body.ts';
import { cancelUpload, uploadLocation } from './open-upload.ts';
import { pullScope, pushScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

/**
 * True when the registry took the blob over from another of its repositories. False when it would not (and the upload
 * that it opened instead is canceled): upload the blob then.
 */
export async function mountBlob(
  transport: Transport,
  repository: string,
  digest: string,
  fromRepository: string,
): Promise<boolean> {
  parseDigest(digest);
  const url = transport.urlOf(`${requireRepository(repository)}/blobs/uploads/`);
  url.search = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(requireRepository(fromRepository))}`;
  const request: TransportRequest = {
    method: 'POST',
    url,
    action: `mount blob ${digest} of ${fromRepository} in ${repository}`,
    scopes: [pushScope(repository), pullScope(fromRepository)],
    expected: [201, 202],
  };
  const opened = await transport.send(request, async (response) => {
    if (response.statusCode === 202) return uploadLocation(transport, request, response);
    await discardBody(response);
    return undefined;
  });
  if (opened === undefined) return true;
  await cancelUpload(transport, repository, opened);
  return false;
}
