import { z } from 'zod';
import type { May } from '../access/role-assignments.ts';
import type { CloudName } from '../names.ts';
import { readAnyApiVersion, readApiVersion } from './api-versions.ts';
import { ArmError, methodNotAllowed } from './arm-error.ts';
import { authorize } from './authorization.ts';
import type { ArmAnswer, ScopedCall } from './call.ts';
import { parseBody } from './request-body.ts';
import { parseResourceFilter, type ResourceSummary } from './resource-filter.ts';

const REGISTRIES = 'Microsoft.ContainerRegistry/registries';
const PATH =
  /^(\/subscriptions\/[^/]+)(?:(?:\/resourceGroups\/([^/]+))?\/resources|(\/providers\/Microsoft\.ContainerRegistry\/checkNameAvailability))$/i;
const NAME = /^[a-zA-Z0-9]{5,50}$/;
const nameSchema = z.object({
  name: z.string({ error: 'the name of a registry' }),
  type: z
    .string()
    .refine((type) => type.toLowerCase() === REGISTRIES.toLowerCase(), { error: REGISTRIES })
    .optional(),
});

/** What a path of a subscription asks for: its resources, or those of a group, or whether a registry's name is free. */
export interface SubscriptionPath {
  subscription: string;
  resourceGroup?: string;
  isNameCheck: boolean;
}

/** What {@link SubscriptionCalls} works with. */
export interface SubscriptionParts {
  /** All resources of a cloud. */
  resourcesOf: (cloud: CloudName) => ResourceSummary[];
  may: May;
}

/** The parts of a path (decoded, without a trailing slash), or `undefined`. */
export function parseSubscriptionPath(pathname: string): SubscriptionPath | undefined {
  const [match, subscription = '', resourceGroup, nameCheck] = PATH.exec(pathname) ?? [];
  if (match === undefined) return undefined;
  return {
    subscription,
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    isNameCheck: nameCheck !== undefined,
  };
}

/** Answers lists of resources, by which clients find a registry's group from its name, and checks of names. */
export class SubscriptionCalls {
  readonly #parts: SubscriptionParts;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  async answer(call: ScopedCall, path: SubscriptionPath): Promise<ArmAnswer> {
    return path.isNameCheck ? this.#checkName(call, path) : this.#list(call, path);
  }

  /** A list holds what the caller may see, which may be nothing. */
  #list({ method, url, cloud, caller }: ScopedCall, { subscription, resourceGroup }: SubscriptionPath): ArmAnswer {
    if (method !== 'GET') throw methodNotAllowed(method);
    readAnyApiVersion(url);
    const matches = parseResourceFilter(url.searchParams.get('$filter'));
    const scope =
      `${subscription}${resourceGroup === undefined ? '' : `/resourceGroups/${resourceGroup}`}/`.toLowerCase();
    const value = this.#parts
      .resourcesOf(cloud)
      .filter((resource) => resource.id.toLowerCase().startsWith(scope) && matches(resource))
      .filter(({ id, type }) => this.#parts.may(caller.oid, id, { control: `${type}/read` }));
    return { status: 200, body: { value } };
  }

  async #checkName(call: ScopedCall, { subscription }: SubscriptionPath): Promise<ArmAnswer> {
    if (call.method !== 'POST') throw methodNotAllowed(call.method);
    authorize(this.#parts.may, call.caller, 'Microsoft.ContainerRegistry/checkNameAvailability/read', subscription);
    readApiVersion(call.url, 'registries', 'global');
    const { name } = parseBody(nameSchema, await call.readBody());
    return { status: 200, body: this.#judgeName(name, call.cloud) };
  }

  #judgeName(name: string, cloud: CloudName) {
    if (!NAME.test(name)) {
      const message = 'The specified registry name is invalid: allowed are 5 to 50 letters and digits.';
      return { nameAvailable: false, reason: 'Invalid', message };
    }
    const isTaken = this.#parts
      .resourcesOf(cloud)
      .some((resource) => resource.type === REGISTRIES && resource.name.toLowerCase() === name.toLowerCase());
    if (!isTaken) return { nameAvailable: true };
    return { nameAvailable: false, reason: 'AlreadyExists', message: `The registry ${name} is already in use.` };
  }
}

/** 404 for a subscription that is not there. */
export function subscriptionNotFound(subscriptionId: string): ArmError {
  return new ArmError(404, 'SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`);
}
