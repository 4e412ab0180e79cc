import { join } from 'node:path';
import type { RoleMode } from '../access/role-mode.ts';
import { CLOUD_NAMES, type CloudName } from '../names.ts';
import { hasExportPolicy, hasSystemData, readAnyApiVersion } from './api-versions.ts';
import { ArmError, methodNotAllowed, notEmulated, resourceNotFound } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';
import type { ArmAnswer, ArmCall } from './call.ts';
import { pageOf } from './paging.ts';
import {
  formatCredentials,
  newRegistryRecord,
  passwordsOf,
  type RegistryRecord,
  regeneratePassword,
  roleModeOf,
  skuOf,
  updateRegistry,
} from './registry-model.ts';
import { formatUsages } from './registry-usage.ts';
import type { ResourceSummary } from './resource-filter.ts';
import { ResourceStore } from './resource-store.ts';
import { subscriptionNotFound } from './subscription-calls.ts';
import { stampSystemData } from './system-data.ts';
import { formatServiceTime } from './times.ts';

/** A registry that exists from the start; ARM neither makes nor deletes any. */
export interface RegistrySettings {
  /** Resource id. */
  id: string;
  cloud: CloudName;
  loginServer: string;
  location: string;
  adminUsername: string;
  /** The admin user's first password, of both names. */
  adminPassword: string;
  /** With which the runs come as the admin user; left out, `adminPassword`. */
  workerPassword?: string;
  /** Loopback URL of the data plane, for the runs. */
  endpoint: string;
  /** Bytes that it holds; left out, it says 0. */
  sizeBytes?: () => Promise<number>;
}

/** A registry and what its resource id says. */
export interface Registry extends RegistrySettings {
  /** `{cloud}.{name}` in lower case: begins the keys of all that is in it. */
  key: string;
  name: string;
  subscriptionId: string;
  resourceGroup: string;
}

/** The registries of both clouds: found by path, answered, updated. */
export class Registries {
  readonly #registries: readonly Registry[];
  readonly #store: ResourceStore<RegistryRecord>;
  readonly #pageSize: number;

  private constructor(registries: readonly Registry[], store: ResourceStore<RegistryRecord>, pageSize: number) {
    this.#registries = registries;
    this.#store = store;
    this.#pageSize = pageSize;
  }

  static async open(settings: readonly RegistrySettings[], dir: string, pageSize: number): Promise<Registries> {
    const store = await ResourceStore.open<RegistryRecord>(join(dir, 'registries'));
    const registries = settings.map(describe);
    for (const { key } of registries) {
      const record = store.get(key) ?? newRegistryRecord(key, Date.now());
      await store.put(record);
    }
    return new Registries(registries, store, pageSize);
  }

  /** The cloud whose subscription it is, or `undefined`. */
  cloudOfSubscription(subscriptionId: string): CloudName | undefined {
    return CLOUD_NAMES.find((cloud) => this.#inSubscription(cloud, subscriptionId).length > 0);
  }

  /** The registry of a key that begins with its own. Throws for a registry that is no longer configured. */
  ofKey(key: string): Registry {
    const found = this.#registries.find((registry) => key.startsWith(`${registry.key}.`));
    if (!found) throw new Error(`no registry is configured for ${key}`);
    return found;
  }

  /** The registry of a path in a cloud. Throws ARM's 404s for subscription, group or registry. */
  find(cloud: CloudName, path: ArmPath): Registry {
    const found = this.#inGroup(cloud, path).find(({ name }) => same(name, path.registryName));
    if (found) return found;
    const type = 'Microsoft.ContainerRegistry/registries';
    throw resourceNotFound({ type, path: path.registryName ?? '', resourceGroup: path.resourceGroup ?? '' });
  }

  /** All registries of both clouds. */
  all(): readonly Registry[] {
    return this.#registries;
  }

  /** The registries of a cloud as the list of all resources has them. */
  summaries(cloud: CloudName): ResourceSummary[] {
    const all = this.#registries.filter((registry) => registry.cloud === cloud);
    return all.map((registry) => summarize(registry, this.#recordOf(registry)));
  }

  /** Throws 400 unless the registry's tier has pipelines. */
  requirePremium(registry: Registry, type: string): void {
    const sku = skuOf(this.#recordOf(registry));
    if (sku === 'Premium') return;
    const message = `The resource type ${type} is not supported for the registry ${registry.name} in SKU ${sku}, allowed: Premium.`;
    throw new ArmError(400, 'SkuNotSupported', message);
  }

  /** Whether export pipelines may be made. */
  allowsExports(registry: Registry): boolean {
    return this.#recordOf(registry).exportPolicy === 'enabled';
  }

  /** Which roles count at the registry of a resource id; `undefined` for a registry that is not there. */
  roleModeOf(id: string): RoleMode | undefined {
    const found = this.#registries.find((registry) => same(registry.id, id));
    return found && roleModeOf(this.#recordOf(found));
  }

  /** The admin user of the registry of a resource id as it is now; `undefined` for a registry that is not there. */
  adminOf(id: string): { username: string; passwords: readonly string[] } | undefined {
    const found = this.#registries.find((registry) => same(registry.id, id));
    if (!found) return undefined;
    const record = this.#recordOf(found);
    const passwords = record.adminUserEnabled ? Object.values(passwordsOf(record, found.adminPassword)) : [];
    return { username: found.adminUsername, passwords };
  }

  /** Answers a call on one registry. `hasExportPipelines`: whether it has any. */
  async answerOne(call: ArmCall, registry: Registry, hasExportPipelines: boolean): Promise<ArmAnswer> {
    const apiVersion = readAnyApiVersion(call.url);
    if (call.path.action !== undefined) return this.#answerAction(call, registry);
    if (call.method === 'GET') return { status: 200, body: format(registry, this.#recordOf(registry), apiVersion) };
    if (call.method === 'DELETE') throw notEmulated(call.method, call.url.pathname);
    if (call.method !== 'PATCH' && call.method !== 'PUT') throw methodNotAllowed(call.method);
    const body = await call.readBody();
    const record = this.#recordOf(registry);
    const systemData = stampSystemData(record.systemData, call.caller, Date.now());
    const updated = { ...updateRegistry(record, body, hasExportPipelines), systemData };
    await this.#store.put(updated);
    return { status: 200, body: format(registry, updated, apiVersion) };
  }

  /** Answers the list of a group or a subscription. */
  answerList(call: ArmCall): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const { subscriptionId } = call.path;
    const registries =
      call.path.resourceGroup === undefined
        ? this.#inSubscription(call.cloud, subscriptionId)
        : this.#inGroup(call.cloud, call.path);
    if (registries.length === 0) throw subscriptionNotFound(subscriptionId);
    const items = registries.map((registry) => ({ ...this.#recordOf(registry), registry }));
    const { page, next } = pageOf(items, this.#pageSize, call.url.searchParams.get('$skipToken'));
    return {
      status: 200,
      body: formatPage(
        call.url,
        page.map((item) => format(item.registry, item, readAnyApiVersion(call.url))),
        next,
      ),
    };
  }

  async #answerAction(call: ArmCall, registry: Registry): Promise<ArmAnswer> {
    if (call.path.action === 'listusages') {
      if (call.method !== 'GET') throw methodNotAllowed(call.method);
      const sizeBytes = (await registry.sizeBytes?.()) ?? 0;
      return { status: 200, body: formatUsages(skuOf(this.#recordOf(registry)), sizeBytes) };
    }
    if (call.method !== 'POST') throw methodNotAllowed(call.method);
    if (call.path.action === 'regeneratecredential') {
      const body = await call.readBody();
      await this.#store.put(regeneratePassword(this.#recordOf(registry), body));
    }
    return { status: 200, body: formatCredentials(this.#recordOf(registry), registry) };
  }

  #recordOf(registry: Registry): RegistryRecord {
    const record = this.#store.get(registry.key);
    if (!record) throw new Error(`the registry ${registry.key} has no record`);
    return record;
  }

  #inSubscription(cloud: CloudName, subscriptionId: string): Registry[] {
    return this.#registries.filter((item) => item.cloud === cloud && same(item.subscriptionId, subscriptionId));
  }

  #inGroup(cloud: CloudName, { subscriptionId, resourceGroup }: ArmPath): Registry[] {
    const inSubscription = this.#inSubscription(cloud, subscriptionId);
    if (inSubscription.length === 0) throw subscriptionNotFound(subscriptionId);
    const inGroup = inSubscription.filter((registry) => same(registry.resourceGroup, resourceGroup));
    if (inGroup.length > 0) return inGroup;
    throw new ArmError(404, 'ResourceGroupNotFound', `Resource group '${resourceGroup}' could not be found.`);
  }
}

/** A list as ARM answers it, with the URL of the next page when there is one. */
export function formatPage(url: URL, value: unknown[], skipToken: string | undefined) {
  if (skipToken === undefined) return { value };
  const next = new URL(url);
  next.searchParams.set('$skipToken', skipToken);
  return { value, nextLink: next.href };
}

/** Whether two names are one to ARM. */
export function same(left: string, right: string | undefined): boolean {
  return left.toLowerCase() === right?.toLowerCase();
}

function describe(settings: RegistrySettings): Registry {
  const [, , subscriptionId = '', , resourceGroup = '', , , , name = ''] = settings.id.split('/');
  return { ...settings, key: `${settings.cloud}.${name}`.toLowerCase(), name, subscriptionId, resourceGroup };
}

function summarize(registry: Registry, record: RegistryRecord): ResourceSummary {
  const { id, name, location } = registry;
  const sku = { name: skuOf(record), tier: skuOf(record) };
  return { type: 'Microsoft.ContainerRegistry/registries', id, name, location, tags: record.tags, sku };
}

function format(registry: Registry, record: RegistryRecord, apiVersion: string) {
  const exportPolicy = hasExportPolicy(apiVersion) ? { exportPolicy: { status: record.exportPolicy } } : {};
  const isStamped = record.systemData !== undefined && hasSystemData(apiVersion);
  return {
    ...summarize(registry, record),
    ...(isStamped ? { systemData: record.systemData } : {}),
    properties: {
      loginServer: registry.loginServer,
      creationDate: formatServiceTime(record.createdAtMs),
      provisioningState: 'Succeeded',
      adminUserEnabled: record.adminUserEnabled,
      policies: { ...record.otherPolicies, ...exportPolicy },
      publicNetworkAccess: record.publicNetworkAccess,
      networkRuleSet: { defaultAction: 'Allow', ipRules: [] },
      networkRuleBypassOptions: 'AzureServices',
      dataEndpointEnabled: false,
      roleAssignmentMode: roleModeOf(record),
    },
  };
}
