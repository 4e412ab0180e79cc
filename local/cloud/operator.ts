import { fetch } from 'undici';
import { assignmentName } from '../access/role-assignments.ts';
import { ROLE_IDS, type RoleName } from '../access/roles.ts';
import type { ArmBehavior } from '../arm/behavior.ts';
import { type CloudName, cloudObject, OPERATOR_IDENTITY } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';

const ASSIGNMENT_VERSION = '2022-04-01';

/** The platform team at work: it owns both subscriptions, and calls ARM as a deployment would. */
export class Operator {
  readonly #tokens: TokenAuthority;

  constructor(tokens: TokenAuthority) {
    this.#tokens = tokens;
  }

  /** A token of the operator for an audience. */
  token(audience: string): string {
    return this.#tokens.mint({ aud: audience, oid: OPERATOR_IDENTITY.objectId, appid: OPERATOR_IDENTITY.clientId });
  }

  /** Calls ARM of a cloud by a resource path with its `api-version`. @throws with ARM's answer, except for 404 */
  async arm(
    cloud: CloudName,
    method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> {
    const { armEndpoint, armAudience } = cloudObject(cloud);
    const url = `${armEndpoint}${path}`;
    const headers = { authorization: `Bearer ${this.token(armAudience)}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Sets switches of the local ARM, and all others to their defaults. */
  async behave(behavior: Partial<ArmBehavior>): Promise<void> {
    await this.arm('source', 'PUT', '/local/behavior', behavior);
  }

  /** Has the import pipelines' source trigger look for blobs now. */
  async pollSources(): Promise<void> {
    await this.arm('source', 'POST', '/local/source-trigger');
  }

  /** Starts the runs of what the source trigger has listed, before their delay is over. */
  async startListed(): Promise<void> {
    await this.arm('source', 'POST', '/local/source-trigger/start');
  }

  /** Gives a principal a role at a scope; does nothing when it has it there. */
  async assign(cloud: CloudName, principalId: string, role: RoleName, scope: string): Promise<void> {
    const subscription = /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? '';
    const roleDefinitionId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${ROLE_IDS[role]}`;
    const body = { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } };
    await this.arm(cloud, 'PUT', assignmentPath(scope, principalId, role), body);
  }

  /** Takes a role from a principal that {@link assign} gave it. */
  async unassign(cloud: CloudName, principalId: string, role: RoleName, scope: string): Promise<void> {
    await this.arm(cloud, 'DELETE', assignmentPath(scope, principalId, role));
  }
}

function assignmentPath(scope: string, principalId: string, role: RoleName): string {
  const name = assignmentName(scope, principalId, role);
  return `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=${ASSIGNMENT_VERSION}`;
}
