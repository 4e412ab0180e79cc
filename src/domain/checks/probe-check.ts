import type { Side } from '../errors.ts';
import type { SasFacts } from '../sas/sas.ts';
import { type Check, judge } from './check.ts';
import type { CheckCode } from './codes.ts';

/** What the storage said when the token was tried out. */
export type ProbeFacts = { ok: true } | { ok: false; permission: string; status: number; code: string };

/** What the refusal is judged by beside itself. */
export interface ProbeContext {
  kind: SasFacts['kind'];
  /** Whether the app's own identity gets through to the container: then no network rule is in the way. */
  isOpenToApp: boolean;
}

interface Cause {
  code: CheckCode;
  remedy: string;
}

/**
 * That a token whose text is in order really works. What storage answers tells the cause: the codes are those of the
 * Blob service.
 */
export function judgeProbe(side: Side, probe: ProbeFacts, context: ProbeContext): Check {
  const needed = 'a token that the storage takes';
  if (probe.ok) {
    const found = 'every needed permission was tried out with the token alone';
    return judge({ code: 'SAS_REFUSED', side, holds: true, found, needed, remedy: '' });
  }
  const { permission, status, code } = probe;
  const found = `'${permission}' was refused: ${status} ${code}`;
  return judge({ side, holds: false, found, needed, ...causeOf(code, context) });
}

function causeOf(answer: string, { kind, isOpenToApp }: ProbeContext): Cause {
  const isBlocked = answer === 'AuthorizationFailure' && !isOpenToApp;
  if (answer === 'AuthenticationFailed' || (answer === 'AuthorizationFailure' && isOpenToApp)) {
    const key = kind === 'userDelegation' ? 'the delegation keys were revoked' : 'the account key was regenerated';
    const remedy = `Rotate the token (POST /routes/{route}/rotate-sas): ${key}, or the token was cut or changed.`;
    return { code: 'SAS_SIGNATURE_REFUSED', remedy };
  }
  if (answer === 'AuthorizationPermissionMismatch' && kind === 'userDelegation') {
    const remedy = 'Give the identity that signs (the app) Storage Blob Data Contributor on the container.';
    return { code: 'SAS_SIGNER_WITHOUT_ROLE', remedy };
  }
  if (isBlocked) {
    const remedy = 'Open the storage account to the public network: ACR is no trusted service for storage.';
    return { code: 'STORAGE_NETWORK_BLOCKED', remedy };
  }
  return {
    code: 'SAS_REFUSED',
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas); see the code of storage.',
  };
}
