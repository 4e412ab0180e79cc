import { TransferError } from '../../domain/errors.ts';
import { servedSides } from '../../domain/route/route.ts';
import type { Activity } from '../activity.ts';
import { inspectStorageAccess } from '../sas/inspect-storage-access.ts';
import { hasOption, readSidePipeline } from '../side-pipeline.ts';
import { readRequest } from '../transfer-route.ts';

/**
 * Checks what a transfer cannot do without, on the sides that the app serves, at once: registry, pipeline, container, and the secret where
 * the pipeline uses one; and, since a transfer may start by itself, that its pipeline may overwrite what it asks for.
 * Reads only.
 */
export const preflightRoute: Activity<'preflightRoute'> = async (services, { transfer }) => {
  const request = await readRequest(services, transfer);
  const route = services.route(request.route);
  const checks = await Promise.allSettled(
    servedSides(route).map(async (side) => {
      const { pipelines, container, settings } = services.side(route, side);
      await pipelines.getRegistry();
      const pipeline = await readSidePipeline(services, route, side);
      if (side === 'target' && request.options.overwrite && !hasOption(pipeline.options, 'OverwriteTags')) {
        const message = `options.overwrite is on, but pipeline ${pipeline.id} has no OverwriteTags; nothing was moved.`;
        throw new TransferError(message, { class: 'conflict', code: 'OVERWRITE_FORBIDDEN', side });
      }
      if (!(await container.exists())) {
        const message = `Container ${settings.container} does not exist; create it, or correct ${side}.container of route ${route.name}.`;
        throw new TransferError(message, { class: 'service', code: 'CONTAINER_NOT_FOUND', side });
      }
      const access = await inspectStorageAccess(services, route, pipeline);
      if (access) throw new TransferError(access.message, access);
    }),
  );
  for (const check of checks) if (check.status === 'rejected') throw check.reason;
  return null;
};
