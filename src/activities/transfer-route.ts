import type { ContainerStore } from '../azure/blobs/storage.ts';
import { TransferError } from '../domain/errors.ts';
import type { Route } from '../domain/route/route.ts';
import type { RequestRecord } from '../domain/transfer/request.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { required } from './activity.ts';
import type { Services } from './services.ts';

/** A transfer's request. @throws `RECORD_MISSING` */
export async function readRequest(
  { transfers }: Pick<Services, 'transfers'>,
  transfer: string,
): Promise<RequestRecord> {
  return required(await transfers.readRequest(transfer), `request.json of ${transfer}`);
}

/** A transfer's request, and its route. @throws `RECORD_MISSING`, `ROUTE_NOT_USABLE` */
export async function openRequest(
  services: Services,
  transfer: string,
): Promise<{ request: RequestRecord; route: Route }> {
  const request = await readRequest(services, transfer);
  return { request, route: services.route(request.route) };
}

/** The route of a transfer, with the containers that its archives lie in. @throws `SIDE_NOT_REACHED` */
export async function openContainers(
  services: Services,
  transfer: string,
): Promise<{ route: Route; source: ContainerStore; target: ContainerStore }> {
  const route = services.route((await readRequest(services, transfer)).route);
  const { container: source } = services.side(route, 'source');
  const target = services.container(route, 'target');
  if (target) return { route, source, target };
  const message = `Route ${route.name} names no container of the target any more, which this transfer copies to.`;
  throw new TransferError(message, { class: 'service', code: 'SIDE_NOT_REACHED', side: 'target' });
}

/** The registries of a route; `target` only where this app sees it, which whoever asks says. */
export async function openRegistries(
  services: Services,
  route: Route,
  seesTarget: boolean,
): Promise<{ source: RegistryClient; target: RegistryClient | undefined }> {
  const [source, target] = await Promise.all([
    services.side(route, 'source').registry(),
    seesTarget ? services.side(route, 'target').registry() : undefined,
  ]);
  return { source, target };
}
