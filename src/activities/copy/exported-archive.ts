import type { BlobProperties } from '../../azure/blobs/storage.ts';
import { TransferError } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';

/** The archive that an export run wrote. @throws `ARCHIVE_NOT_FOUND` */
export async function exportedArchive(services: Services, route: Route, archive: string): Promise<BlobProperties> {
  const { container } = services.side(route, 'source');
  const found = await container.properties(archive);
  if (found) return found;
  const message = `The export run succeeded, but ${container.urlOf(archive)} is not there.`;
  throw new TransferError(message, { class: 'service', code: 'ARCHIVE_NOT_FOUND', side: 'source' });
}
