import { CLAIM_KEY, formatClaim, withoutCategory } from '../../domain/import/auto-import.ts';
import { type Activity, required } from '../activity.ts';
import { seeImport } from './see-import.ts';

/**
 * Takes the blob, if a fresh look says so: ACR's own trigger takes only blobs with the `category` mark, so removing it
 * under the ETag of the state that landed makes that state the app's. The claim also names the import: it changes the
 * ETag, and what looks like a blob that landed anew must not be imported again. Twice: a claimed blob stays claimed.
 */
export const claimBlob: Activity<'claimBlob'> = async (services, { importId, now }) => {
  const document = required(await services.imports.read(importId), `imports/${importId}.json`);
  const { step, found } = await seeImport(services, document, { now: new Date(now), isFresh: true });
  if (step.step !== 'Claim' || !found) return { claimed: false };
  const { container } = services.side(services.route(document.route), 'target');
  const { name } = document.archive;
  const claim = formatClaim(importId, { ...document.archive, bytes: found.sizeBytes, md5: found.contentMd5 ?? null });
  const metadata = { ...withoutCategory(found.metadata), [CLAIM_KEY]: claim };
  return { claimed: (await container.setMetadata(name, metadata, found.etag)) !== 'conflict' };
};
