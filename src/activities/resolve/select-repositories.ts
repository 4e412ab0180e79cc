import { haltOf } from '../../domain/transfer/control.ts';
import type { Activity } from '../activity.ts';
import { openRequest } from '../transfer-route.ts';
import { findRepositories } from './select-in-registry.ts';

/** Repositories whose tags one activity lists. */
export const SELECT_PAGE_REPOSITORIES = 100;

/** Keeps the repositories that a request's selectors mean. Twice: written anew with those that are there. */
export const selectRepositories: Activity<'selectRepositories'> = async (services, { transfer }) => {
  const halt = haltOf(await services.transfers.readControl(transfer));
  if (halt) return { halt, pages: 0 };
  const { request, route } = await openRequest(services, transfer);
  const registry = await services.side(route, 'source').registry();
  const repositories = await findRepositories(registry, request.artifacts);
  await services.transfers.selections.writeRepositories(transfer, repositories);
  return { halt: null, pages: Math.ceil(repositories.length / SELECT_PAGE_REPOSITORIES) };
};
