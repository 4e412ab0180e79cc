import type { TokenCredential } from '@azure/core-auth';
import { createPipelineOperations, type PipelineOperations } from '../azure/arm/pipelines.ts';
import { createStorageAccountOperations, type StorageAccountOperations } from '../azure/arm/storage-account.ts';
import { openReceipts, type ReceiptStore } from '../azure/blobs/receipts.ts';
import { type ContainerStore, openContainer } from '../azure/blobs/storage.ts';
import { openVault, type SecretStore } from '../azure/key-vault.ts';
import type { ConfirmedRecords } from '../azure/records/confirmed-records.ts';
import type { ImportRecords } from '../azure/records/import-records.ts';
import type { PaceRecords } from '../azure/records/pace-records.ts';
import type { PushRecords } from '../azure/records/push-records.ts';
import type { ScheduleRecords } from '../azure/records/schedule-records.ts';
import type { TransferRecords } from '../azure/records/transfer-records.ts';
import type { WebhookRecords } from '../azure/records/webhook-records.ts';
import { createRegistryClient } from '../azure/registry-tokens.ts';
import { createCredential } from '../azure/sign-in/credential.ts';
import { openSigner, type Signer } from '../azure/sign-in/key-vault-sign.ts';
import { type Side, TransferError } from '../domain/errors.ts';
import { containerSideOf, isServed, type Route, type RouteSide, sideOf } from '../domain/route/route.ts';
import { type SlotBudgets, slotBudgets } from '../domain/route/slot-budget.ts';
import type { RegistryClient } from '../oci/registry-client.ts';

/** One side of a route, signed in. */
export interface SideServices {
  settings: RouteSide;
  credential: TokenCredential;
  pipelines: PipelineOperations;
  accounts: StorageAccountOperations;
  container: ContainerStore;
  /** The registry's data plane; its login server is asked of ARM once. */
  registry(): Promise<RegistryClient>;
  vault(vaultUrl: string): SecretStore;
}

/** All that is kept in the state container. */
export interface Records {
  transfers: TransferRecords;
  imports: ImportRecords;
  /** What the other side has confirmed. */
  confirmed: ConfirmedRecords;
  paces: PaceRecords;
  schedules: ScheduleRecords;
  pushes: PushRecords;
  webhooks: WebhookRecords;
}

/** What activities work with. Made once by the composition root. */
export interface Services extends Records {
  route(name: string): Route;
  /** How many runs the registries of a route may be asked for at once; nothing of a route that is not there any more. */
  slots(name: string): SlotBudgets;
  /** A side that the app serves. @throws `SIDE_NOT_SERVED` */
  side(route: Route, side: Side): SideServices;
  /** The transfer container of a side; `undefined` where this app does not reach it. */
  container(route: Route, side: Side): ContainerStore | undefined;
  /** A vault, signed in as the app itself and not as a side of a route. */
  vault(vaultUrl: string): SecretStore;
  /** The receipts in the account of a side's transfer container; `undefined` where this app does not reach it. */
  receipts(route: Route, side: Side): ReceiptStore | undefined;
  /**
   * What signs the receipts that the app writes for a route, with the credential of `side`; `undefined` where the route
   * names no key.
   */
  signer(route: Route, side: Side): Signer | undefined;
}

export interface ServicesOptions {
  routes: ReadonlyMap<string, Route>;
  records: Records;
  /** The app's own identity. */
  credential: TokenCredential;
}

export function createServices({ routes, records, credential }: ServicesOptions): Services {
  const sides = new Map<string, SideServices>();
  const containers = new Map<string, ContainerStore>();
  return {
    ...records,
    vault: (vaultUrl) => openVault(vaultUrl, credential),
    route: (name) => findRoute(routes, name),
    slots(name) {
      const route = routes.get(name);
      return route ? slotBudgets([...routes.values()], route) : {};
    },
    side(route, side) {
      const key = `${route.name}/${side}`;
      const services = sides.get(key) ?? openSide(sideOf(route, side), side);
      sides.set(key, services);
      return services;
    },
    container(route, side) {
      if (isServed(route, side)) return this.side(route, side).container;
      const settings = containerSideOf(route, side);
      const key = `${route.name}/${side}`;
      const store =
        containers.get(key) ?? (settings && openContainer(settings.container, createCredential(settings), side));
      if (store) containers.set(key, store);
      return store;
    },
    receipts(route, side) {
      const settings = containerSideOf(route, side);
      return settings && openReceipts(settings.container, createCredential(settings), side);
    },
    signer(route, side) {
      const { sign } = route.receiptKeys;
      if (!sign) return undefined;
      const settings = sideOf(route, side);
      const { vaultSuffix } = settings.cloud;
      const credential = createCredential(settings);
      return openSigner({ vaultUrl: sign.vault, key: sign.key, vaultSuffix, credential, side });
    },
  };
}

function findRoute(routes: ReadonlyMap<string, Route>, name: string): Route {
  const route = routes.get(name);
  if (route) return route;
  const message = `Route ${name} is not configured or not usable; usable: ${[...routes.keys()].join(', ') || 'none'}.`;
  throw new TransferError(message, { class: 'service', code: 'ROUTE_NOT_USABLE' });
}

function openSide(settings: RouteSide, side: Side): SideServices {
  const credential = createCredential(settings);
  const pipelines = createPipelineOperations(settings, credential, side);
  let registry: Promise<RegistryClient> | undefined;
  return {
    settings,
    credential,
    pipelines,
    accounts: createStorageAccountOperations(settings, credential, side),
    container: openContainer(settings.container, credential, side),
    registry() {
      registry ??= pipelines
        .getRegistry()
        .then(({ loginServer }) => createRegistryClient(loginServer, settings, credential, side))
        .catch((error: unknown) => {
          registry = undefined;
          throw error;
        });
      return registry;
    },
    vault: (vaultUrl) => openVault(vaultUrl, credential, side),
  };
}
