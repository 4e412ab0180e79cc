import type { RotationDecision } from './rotation.ts';

/** Of a policy's life: less left than this makes it due, as with tokens. */
const DUE_FRACTION = 1 / 3;

export interface PolicyState {
  policy: { permissions: string; startsAt?: string; expiresAt?: string } | undefined;
  needed: string;
  now: Date;
}

/** Judges the stored access policy that a token leaves its permissions and times to. */
export function decidePolicyRotation({ policy, needed, now }: PolicyState): RotationDecision {
  if (!policy) return broken('SAS_POLICY_MISSING', 'The container has no such stored access policy.');
  const expires = Date.parse(policy.expiresAt ?? '');
  if (Number.isNaN(expires)) return broken('SAS_POLICY_MISSING', 'The stored access policy has no expiry.');
  if (expires <= now.getTime()) return broken('SAS_EXPIRED', `The stored access policy ended at ${policy.expiresAt}.`);
  const missing = [...needed].filter((permission) => !policy.permissions.includes(permission)).join('');
  if (missing) {
    return broken('SAS_MISSING_PERMISSION', `The policy has '${policy.permissions}', '${missing}' is missing.`);
  }
  const expiresAt = new Date(expires).toISOString();
  const starts = Date.parse(policy.startsAt ?? '');
  const life = expires - (Number.isNaN(starts) ? now.getTime() : starts);
  return expires - now.getTime() < life * DUE_FRACTION
    ? { state: 'Due', reason: `The stored access policy ends at ${expiresAt}.`, expiresAt }
    : { state: 'Fresh', expiresAt };
}

function broken(code: string, reason: string): RotationDecision {
  return { state: 'Broken', code, reason };
}
