import type { Side } from '../errors.ts';
import type { PolicyState } from '../sas/stored-policy.ts';
import { type Check, judge } from './check.ts';

const ROTATE = 'Rotate the token (POST /routes/{route}/rotate-sas): the policy is prolonged with it.';

/** The stored access policy that a token leaves its permissions and its end to. */
export function judgePolicy(side: Side, { policy, needed, now }: PolicyState): Check[] {
  const endMs = Date.parse(policy?.expiresAt ?? '');
  const there = judge({
    code: 'SAS_POLICY_MISSING',
    side,
    holds: !Number.isNaN(endMs),
    found: policy ? `a policy that ends at ${policy.expiresAt ?? 'no time'}` : 'no policy of that name',
    needed: 'a stored access policy with an end',
    remedy: ROTATE,
  });
  if (!policy || there.status !== 'ok') return [there];
  const missing = [...needed].filter((letter) => !policy.permissions.includes(letter)).join('');
  const expired = judge({
    code: 'SAS_EXPIRED',
    side,
    holds: endMs > now.getTime(),
    found: `the stored access policy ends at ${policy.expiresAt}`,
    needed: `an end after now (${now.toISOString()})`,
    remedy: ROTATE,
  });
  const permitted = judge({
    code: 'SAS_MISSING_PERMISSION',
    side,
    holds: missing === '',
    found: `the stored access policy has '${policy.permissions}'`,
    needed: `a policy with ${needed}`,
    remedy: `Add '${missing}' to the stored access policy, or have the app rotate the token.`,
  });
  return [there, expired, permitted];
}
