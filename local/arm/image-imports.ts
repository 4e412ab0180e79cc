import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { May } from '../access/role-assignments.ts';
import { readApiVersion } from './api-versions.ts';
import { ArmError, methodNotAllowed, resourceNotFound } from './arm-error.ts';
import { authorize, authorizeLinked } from './authorization.ts';
import type { ArmAnswer, ArmCall, ScopedCall } from './call.ts';
import { type CopyImage, copyImage } from './copy-image.ts';
import { type ImageImportRequest, parseImageImport } from './image-import-model.ts';
import { type ImageImportRecord, ImageImportRunner, isEnded } from './image-import-runner.ts';
import { type Registries, type Registry, same } from './registries.ts';
import { ResourceStore } from './resource-store.ts';

const PATH =
  /^(\/subscriptions\/[^/]+)\/providers\/Microsoft\.ContainerRegistry\/locations\/[^/]+\/operationResults\/([^/]+)$/i;
const POLL_HEADERS = { 'retry-after': '1' };

/** What a path of an operation's result names. */
export interface OperationPath {
  /** Resource id. */
  subscription: string;
  operationId: string;
}

/** What {@link ImageImports} works with. */
export interface ImageImportParts {
  store: ResourceStore<ImageImportRecord>;
  registries: Registries;
  runner: ImageImportRunner;
  may: May;
}

/** Imports with their state in a folder of `dir`, to be resumed. Throws, naming a state file that cannot be read. */
export async function openImageImports(
  options: { dir: string; may: May; copyImage?: CopyImage; log?: ((line: string) => void) | undefined },
  registries: Registries,
): Promise<{ imports: ImageImports; runner: ImageImportRunner }> {
  const { dir, may, copyImage: copy = copyImage, log } = options;
  const store = await ResourceStore.open<ImageImportRecord>(join(dir, 'image-imports'));
  const runner = new ImageImportRunner({ store, registries, copy, log });
  return { runner, imports: new ImageImports({ store, registries, runner, may }) };
}

/** The parts of a path (decoded, without a trailing slash), or `undefined`. */
export function parseOperationPath(pathname: string): OperationPath | undefined {
  const [match, subscription = '', operationId = ''] = PATH.exec(pathname) ?? [];
  return match === undefined ? undefined : { subscription, operationId };
}

/** Answers `importImage` of registries, and GET of what it names as its `Location`. */
export class ImageImports {
  readonly #parts: ImageImportParts;

  constructor(parts: ImageImportParts) {
    this.#parts = parts;
  }

  /** Takes an import on: 202 and where its result is to be had. Throws 400, 403 for the source, 404 for the source. */
  async start(call: ArmCall, registry: Registry): Promise<ArmAnswer> {
    if (call.method !== 'POST') throw methodNotAllowed(call.method);
    const { request, credentials } = parseImageImport(await call.readBody());
    this.#checkSource(call, registry, request);
    const { store, runner } = this.#parts;
    const operationId = `registries-${randomUUID()}`;
    const record: ImageImportRecord = {
      key: `${registry.key}.${operationId}`,
      createdAtMs: store.nextCreationMs(),
      operationId,
      askedBy: call.caller.oid,
      request,
      hasCredentials: credentials !== undefined,
      state: { status: 'Running' },
    };
    await store.put(record);
    runner.start(record, credentials);
    return {
      status: 202,
      body: null,
      headers: { location: resultUrl(call.url, registry, operationId), ...POLL_HEADERS },
    };
  }

  /** 202 while it goes on, then 200, or its failure as an error. Throws 403, and 404 for an operation that is not known. */
  async answerResult(call: ScopedCall, { subscription, operationId }: OperationPath): Promise<ArmAnswer> {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const { store, may } = this.#parts;
    const record = store.list(`${call.cloud}.`).find((one) => same(one.operationId, operationId));
    // Who may import into a registry need not have any right at its subscription.
    if (record?.askedBy !== call.caller.oid) {
      authorize(may, call.caller, 'Microsoft.ContainerRegistry/locations/operationResults/read', subscription);
    }
    readApiVersion(call.url, 'registries', 'global');
    if (!record) throw new ArmError(404, 'OperationNotFound', `The operation '${operationId}' was not found.`);
    if (!isEnded(record)) return { status: 202, body: null, headers: { location: call.url.href, ...POLL_HEADERS } };
    const { error } = record.state;
    if (!error) return { status: 200, body: { status: 'Succeeded' } };
    throw new ArmError(error.code === 'Conflict' ? 409 : 400, error.code, error.message);
  }

  /** A source by resource id must be one of the cloud's registries, which the caller may read and pull from. */
  #checkSource(call: ArmCall, target: Registry, { registry }: ImageImportRequest): void {
    if (!('resourceId' in registry)) return;
    const { registries, may } = this.#parts;
    const { resourceId } = registry;
    authorizeLinked(may, call.caller, {
      scope: target.id,
      linked: resourceId,
      mode: registries.roleModeOf(resourceId),
    });
    if (registries.all().some(({ cloud, id }) => cloud === call.cloud && same(id, resourceId))) return;
    const [, , , , resourceGroup = '', , , , path = ''] = resourceId.split('/');
    throw resourceNotFound({ type: 'Microsoft.ContainerRegistry/registries', path, resourceGroup });
  }
}

function resultUrl(url: URL, { subscriptionId, location }: Registry, operationId: string): string {
  const version = encodeURIComponent(url.searchParams.get('api-version') ?? '');
  const provider = `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerRegistry`;
  return `${url.origin}${provider}/locations/${location.toUpperCase()}/operationResults/${operationId}?api-version=${version}`;
}
