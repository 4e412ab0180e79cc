import type { May } from '../access/role-assignments.ts';
import { CLOUD_NAMES, resourcesOf } from '../names.ts';
import { methodNotAllowed, notEmulated } from './arm-error.ts';
import { authorize } from './authorization.ts';
import type { Behavior } from './behavior.ts';
import type { ArmAnswer, ScopedCall } from './call.ts';
import type { SourceTrigger } from './source-trigger.ts';

const PREFIX = '/local/';
const TRIGGER = `${PREFIX}source-trigger`;

/** What the control paths work on. */
export interface ControlParts {
  behavior: Behavior;
  trigger: SourceTrigger;
  may: May;
}

/** Whether a path is one of the emulator itself, which Azure has not. */
export function isControlPath(pathname: string): boolean {
  return pathname.startsWith(PREFIX);
}

/**
 * Answers `GET`, `PATCH` and `PUT /local/behavior` (PUT sets what it leaves out to its default) and
 * `POST /local/source-trigger`, which looks for blobs now and answers 204 when it has; `POST /local/source-trigger/start`
 * starts what was listed and waits for its run. Needs the right to write in a subscription of either cloud.
 */
export async function answerControl(
  call: Omit<ScopedCall, 'cloud'>,
  { behavior, trigger, may }: ControlParts,
): Promise<ArmAnswer> {
  const { method, url, caller } = call;
  const action = 'LocalCloud/behavior/write';
  const scopes = CLOUD_NAMES.map((cloud) => `/subscriptions/${resourcesOf(cloud).subscriptionId}`);
  const [scope = ''] = scopes.filter((each) => may(caller.oid, each, { control: action }));
  authorize(may, caller, action, scope || (scopes[0] ?? ''));
  if (url.pathname === TRIGGER || url.pathname === `${TRIGGER}/start`) {
    if (method !== 'POST') throw methodNotAllowed(method);
    await (url.pathname === TRIGGER ? trigger.poll() : trigger.startListed());
    return { status: 204 };
  }
  if (url.pathname !== `${PREFIX}behavior`) throw notEmulated(method, url.pathname);
  if (method === 'PATCH') return { status: 200, body: behavior.change(await call.readBody()) };
  if (method === 'PUT') return { status: 200, body: behavior.replace(await call.readBody()) };
  if (method !== 'GET') throw methodNotAllowed(method);
  return { status: 200, body: behavior.current };
}
