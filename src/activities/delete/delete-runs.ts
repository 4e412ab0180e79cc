import { mapBounded } from '../../oci/parallel.ts';
import { type Activity, required } from '../activity.ts';
import { readTraces } from '../resolve/batch-page.ts';

const PARALLEL_DELETES = 4;

/** Deletes the pipeline runs of a page of batches, by names that derive from them. Twice: what is gone is gone. */
export const deleteRuns: Activity<'deleteRuns'> = async (services, input) => {
  const { route: name } = required(
    await services.transfers.readRequest(input.transfer),
    `request.json of ${input.transfer}`,
  );
  const route = services.route(name);
  const runs = (await readTraces(services, input)).flatMap((traces) => traces.runs);
  await mapBounded(runs, PARALLEL_DELETES, ({ direction, name: run }) =>
    services.side(route, direction === 'export' ? 'source' : 'target').pipelines.deleteRun(run),
  );
  return null;
};
