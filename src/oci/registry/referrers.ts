import { z } from 'zod';
import { TransferError } from '../../domain/errors.ts';
import { type Descriptor, descriptorSchema } from '../descriptor.ts';
import { OCI_INDEX } from '../media-types.ts';
import { requireReference, requireRepository } from '../names.ts';
import { discardBody, readBytes } from './body.ts';
import { fetchManifest } from './manifests.ts';
import { linkedPage } from './paging.ts';
import { pullScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const indexSchema = z.object({ manifests: z.array(descriptorSchema).nullish() });

/**
 * What refers to a manifest by its `subject` (OCI distribution-spec 1.1, "Listing Referrers"): by the referrers API, all
 * pages, and by the tag schema where the registry does not have it. Empty where nothing does.
 */
export async function listReferrers(transport: Transport, repository: string, digest: string): Promise<Descriptor[]> {
  const path = `${requireRepository(repository)}/referrers/${requireReference(digest)}`;
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  let url: URL | undefined = transport.urlOf(path);
  while (url !== undefined) {
    if (seen.has(url.href)) throw invalid(repository, digest, 'the next page is one that was read before');
    seen.add(url.href);
    const page = await readPage(transport, repository, digest, url);
    if (page === undefined) return listByTag(transport, repository, digest);
    found.push(...page.entries);
    url = page.next;
  }
  return found;
}

async function readPage(transport: Transport, repository: string, digest: string, url: URL) {
  const request: TransportRequest = {
    method: 'GET',
    url,
    action: `list what refers to ${repository}@${digest}`,
    scopes: [pullScope(repository)],
    headers: { accept: OCI_INDEX },
    expected: [200, 404],
  };
  return transport.send(request, async (response) => {
    if (response.statusCode === 404) {
      await discardBody(response);
      return undefined;
    }
    const tooLong = () => invalid(repository, digest, `a page is longer than ${MAX_PAGE_BYTES} bytes`);
    const bytes = await readBytes(response.body, MAX_PAGE_BYTES, tooLong);
    return { entries: parseIndex(repository, digest, bytes), next: linkedPage(transport, url, response) };
  });
}

/** The registry does not know the API: what refers to the manifest is listed under a tag made of its digest. */
async function listByTag(transport: Transport, repository: string, digest: string): Promise<Descriptor[]> {
  try {
    const { bytes } = await fetchManifest(transport, repository, digest.replace(':', '-').slice(0, 128));
    return parseIndex(repository, digest, bytes);
  } catch (error) {
    if (error instanceof TransferError && error.code === 'MANIFEST_UNKNOWN') return [];
    throw error;
  }
}

function parseIndex(repository: string, digest: string, bytes: Buffer): Descriptor[] {
  try {
    return indexSchema.parse(JSON.parse(bytes.toString('utf8'))).manifests ?? [];
  } catch {
    throw invalid(repository, digest, 'the answer is not an index');
  }
}

function invalid(repository: string, digest: string, found: string): TransferError {
  const message = `Could not list what refers to ${repository}@${digest}: ${found}`;
  return new TransferError(message, { class: 'service', code: 'REFERRERS_INVALID' });
}
