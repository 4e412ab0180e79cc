/** What ARM answers instead of a resource: an HTTP status and the body `{ error: { code, message, target? } }`. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The path of the value at fault. */
  readonly target: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    target?: string,
  ) {
    super(message);
    this.target = target;
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** 400 for a value that the service does not take: what was found at which path, and what is allowed. */
export function badValue(path: string, found: unknown, allowed: string): ArmError {
  const text = found === undefined ? 'nothing' : `'${typeof found === 'string' ? found : JSON.stringify(found)}'`;
  return new ArmError(400, 'InvalidParameter', `${path}: found ${text}, allowed: ${allowed}.`, {}, path);
}

/** 404 for a resource that is not there, in ARM's words. */
export function resourceNotFound(resource: { type: string; path: string; resourceGroup: string }): ArmError {
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${resource.type}/${resource.path}' under resource group '${resource.resourceGroup}' was not found.`,
  );
}

/** 405 for a method that a known resource does not have. */
export function methodNotAllowed(method: string | undefined): ArmError {
  return new ArmError(405, 'MethodNotAllowed', `The requested resource does not support http method '${method}'.`);
}

/** 501 for everything of ARM that this emulator leaves out. */
export function notEmulated(method: string | undefined, path: string): ArmError {
  return new ArmError(
    501,
    'NotEmulated',
    `${method} ${path}: the local ARM has registries (get, list, update, credentials, usages, checks of names), lists of resources, export and import pipelines, pipeline runs, storage accounts (get, list, update, keys) and role assignments, and nothing else.`,
  );
}
