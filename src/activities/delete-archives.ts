import { mapBounded } from '../oci/parallel.ts';
import { type Activity, required } from './activity.ts';
import { readTraces } from './batch-page.ts';
import { discardStaged } from './discard-staged.ts';

const PARALLEL_DELETES = 8;

/**
 * Deletes the archives of a page of batches on both sides, and what was staged of copies; never a blob that somebody
 * else put under an archive's name. Twice: what is gone is gone.
 */
export const deleteArchives: Activity<'deleteArchives'> = async (services, input) => {
  const { route: name } = required(
    await services.transfers.readRequest(input.transfer),
    `request.json of ${input.transfer}`,
  );
  const route = services.route(name);
  const { container: source } = services.side(route, 'source');
  const { container: target } = services.side(route, 'target');
  const archives = (await readTraces(services, input)).flatMap((traces) => traces.archives);
  await mapBounded(archives, PARALLEL_DELETES, async (archive) => {
    await discardStaged(target, archive.name);
    if (archive.target) await target.delete(archive.name);
    if (archive.source) await source.delete(archive.name);
  });
  return null;
};
