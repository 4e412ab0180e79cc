import { haltOf } from '../../domain/transfer/control.ts';
import { type Activity, required } from '../activity.ts';
import { openRequest } from '../transfer-route.ts';
import { selectIn } from './select-in-registry.ts';
import { SELECT_PAGE_REPOSITORIES } from './select-repositories.ts';

/**
 * Keeps what the request's selectors mean in a page (from 1) of the repositories, unless the transfer is to halt.
 * Twice: written anew with what is there.
 */
export const selectArtifacts: Activity<'selectArtifacts'> = async (services, { transfer, page }) => {
  const halt = haltOf(await services.transfers.readControl(transfer));
  if (halt) return halt;
  const { request, route } = await openRequest(services, transfer);
  const all = required(await services.transfers.selections.readRepositories(transfer), `repositories of ${transfer}`);
  const repositories = all.slice((page - 1) * SELECT_PAGE_REPOSITORIES, page * SELECT_PAGE_REPOSITORIES);
  const registry = await services.side(route, 'source').registry();
  await services.transfers.selections.writeSelected(
    transfer,
    page,
    await selectIn(registry, request.artifacts, repositories),
  );
  return null;
};
