/** A refusal as Key Vault words it; the server turns it into its JSON error body. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly status: number;
  readonly code: string;
  /** The reason within `code`, as `error.innererror.code`. */
  readonly innerCode: string | undefined;

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
  }
}

/** 400: the request itself is not right. */
export function badParameter(message: string): VaultError {
  return new VaultError(400, 'BadParameter', message);
}

/** 404: no such secret, or no such version of it. */
export function secretNotFound(id: string): VaultError {
  return new VaultError(404, 'SecretNotFound', `A secret with (name/id) ${id} was not found in this key vault.`);
}

/** 404: no such deleted secret. */
export function deletedSecretNotFound(name: string): VaultError {
  return new VaultError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
}

/** 404: no such key, or no such version of it. */
export function keyNotFound(id: string): VaultError {
  return new VaultError(404, 'KeyNotFound', `A key with (name/id) ${id} was not found in this key vault.`);
}

/** 403: the version of the key is disabled. */
export function keyDisabled(): VaultError {
  return new VaultError(403, 'Forbidden', 'Operation is not allowed on a disabled key.', 'KeyDisabled');
}

/** 403: the version that was asked for is disabled. */
export function secretDisabled(): VaultError {
  return new VaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
}

/**
 * 403: the caller has no role at the vault that allows the action. `caller` holds what its token says of it; no secret.
 */
export function forbiddenByRbac(
  caller: { appid?: string; oid: string; iss?: unknown },
  action: string,
  vaultId: string,
): VaultError {
  const message = `Caller is not authorized to perform action on resource.
If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.
Caller: appid=${caller.appid ?? ''};oid=${caller.oid};iss=${caller.iss ?? ''}
Action: '${action}'
Resource: '${vaultId.toLowerCase()}'
Assignment: (not found)
DenyAssignmentId: null
DecisionReason: null
Vault: ${vaultId.split('/').at(-1)};location=local`;
  return new VaultError(403, 'Forbidden', message, 'ForbiddenByRbac');
}

/** 409: the name belongs to a secret that was deleted and can still be recovered. */
export function deletedButRecoverable(name: string): VaultError {
  const message = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`;
  return new VaultError(409, 'Conflict', message, 'ObjectIsDeletedButRecoverable');
}
