/** An identity that the endpoint hands out tokens for. */
export interface ManagedIdentity {
  objectId: string;
  clientId: string;
}

/** An identity that is a resource of its own, which several apps may have. */
export interface UserAssignedIdentity extends ManagedIdentity {
  /** Resource id, `/subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}`. */
  resourceId: string;
}

/** The identities of one app: its own, and those that were assigned to it. */
export interface AppIdentities {
  systemAssigned?: ManagedIdentity;
  userAssigned: readonly UserAssignedIdentity[];
}

/** The query parameters that name an identity; a request has one of them at most. */
const SELECTORS = ['client_id', 'object_id', 'principal_id', 'mi_res_id'];

/**
 * The identity that a request's query names: the system-assigned one where it names none, else the one of that client
 * id, object id (also called principal id) or resource id (in any case). A text is the fault, for the refusal.
 */
export function selectIdentity(app: AppIdentities, query: URLSearchParams): ManagedIdentity | string {
  const given = SELECTORS.flatMap((name) => query.getAll(name).map((value) => ({ name, value })));
  const [first, second] = given;
  if (second) return `The request names ${given.map(({ name }) => name).join(' and ')}; allowed is one of them.`;
  if (!first)
    return app.systemAssigned ?? 'The app has no system-assigned identity; name one by client_id or mi_res_id.';
  const all = [...(app.systemAssigned ? [app.systemAssigned] : []), ...app.userAssigned];
  const found = all.find((identity) => isNamed(identity, first.name, first.value));
  return found ?? `The app has no identity with ${first.name} ${first.value}.`;
}

function isNamed(identity: ManagedIdentity | UserAssignedIdentity, name: string, value: string): boolean {
  if (name === 'client_id') return identity.clientId === value;
  if (name !== 'mi_res_id') return identity.objectId === value;
  return 'resourceId' in identity && identity.resourceId.toLowerCase() === value.toLowerCase();
}
