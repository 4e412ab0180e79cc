import { heaviestOf } from '../../domain/plan/batching.ts';
import { RESOLVE_PAGE_ARTIFACTS } from '../../domain/plan/plan.ts';
import { haltOf } from '../../domain/transfer/control.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Activity } from '../activity.ts';
import { readRequest } from '../transfer-route.ts';
import { lookUpArtifact, openLookup } from './look-up-artifact.ts';

const PARALLEL_LOOKUPS = 8;

/**
 * Looks a page of artifacts up in both registries and keeps it, unless the transfer is to halt. Twice: the page is
 * written anew with what is there.
 */
export const resolveArtifacts: Activity<'resolveArtifacts'> = async (services, { transfer, page }) => {
  const halt = haltOf(await services.transfers.readControl(transfer));
  if (halt) return halt;
  const request = await readRequest(services, transfer);
  const route = services.route(request.route);
  const lookup = await openLookup(services, route, request.options);
  const all = (await services.transfers.selections.read(transfer))?.artifacts ?? request.artifacts;
  const names = all.slice((page - 1) * RESOLVE_PAGE_ARTIFACTS, page * RESOLVE_PAGE_ARTIFACTS);
  const artifacts = await mapBounded(names, PARALLEL_LOOKUPS, async (name) => {
    const { planned, layers } = await lookUpArtifact(lookup, name);
    return layers.length > 0 ? { ...planned, heaviest: heaviestOf(layers) } : planned;
  });
  await services.transfers.writePage(transfer, page, artifacts);
  return null;
};
