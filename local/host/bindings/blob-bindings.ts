import type { BlobServiceClient } from '@azure/storage-blob';
import type { Binding, InputDatum, InvocationResponse, RegisteredFunction } from '../app-model.ts';
import { textOption, triggerOf } from '../app-model.ts';
import { connectBlobService } from '../blob/blob-connection.ts';
import { HostStartError } from '../errors.ts';
import type { InvocationRequest } from '../invocation-request.ts';
import { resolveSettings, type Settings } from '../settings.ts';
import type { TypedData } from '../typed-data.ts';
import { type BindingData, bindingDataOf } from './binding-data.ts';
import { resolveExpressions } from './binding-expression.ts';

/** One blob that a function reads before it runs, or writes after. */
interface BlobBinding {
  name: string;
  isOutput: boolean;
  /** Whether the function wants the blob's names instead of its bytes. */
  wantsNames: boolean;
  connection: string;
  path: string;
  service: BlobServiceClient;
}

/** The blob inputs and outputs of an app's functions, each a whole blob in memory. */
export class BlobBindings {
  readonly #bindings = new Map<RegisteredFunction, BlobBinding[]>();

  /**
   * Finds the blob bindings of functions and connects to their accounts. Throws {@link HostStartError} for a faulty path or
   * connection, and for one on an orchestrator or entity: these are not served.
   */
  static async connect(functions: Iterable<RegisteredFunction>, settings: Settings): Promise<BlobBindings> {
    const found = new BlobBindings();
    for (const fn of functions) {
      const blobs = Object.entries(fn.metadata.bindings).filter(([, { type }]) => type.toLowerCase() === 'blob');
      if (blobs.length === 0) continue;
      found.#bindings.set(fn, await Promise.all(blobs.map(([name, binding]) => connect(fn, name, binding, settings))));
    }
    return found;
  }

  /** What a function's blob inputs hold; nothing for a blob that does not exist. */
  async read(fn: RegisteredFunction, request: InvocationRequest): Promise<InputDatum[]> {
    const inputs = this.#bindings.get(fn)?.filter(({ isOutput }) => !isOutput) ?? [];
    if (inputs.length === 0) return [];
    const data = bindingDataOf(fn, request);
    const read = await Promise.all(inputs.map(async (one) => ({ name: one.name, data: await readBlob(one, data) })));
    return read.filter((one): one is InputDatum => one.data !== undefined);
  }

  /** Writes what the function put into its blob outputs; one that it left alone is not written. */
  async write(fn: RegisteredFunction, request: InvocationRequest, response: InvocationResponse): Promise<void> {
    const outputs = this.#bindings.get(fn)?.filter(({ isOutput }) => isOutput) ?? [];
    if (outputs.length === 0) return;
    const data = bindingDataOf(fn, request);
    for (const output of outputs) {
      const isReturn = output.name === '$return';
      const value = isReturn
        ? response.returnValue
        : response.outputData?.find((one) => one.name === output.name)?.data;
      const bytes = bytesOf(value);
      if (bytes !== undefined) await writeBlob(output, data, bytes);
    }
  }
}

async function connect(
  fn: RegisteredFunction,
  name: string,
  binding: Binding,
  settings: Settings,
): Promise<BlobBinding> {
  const where = `blob binding '${name}' of function '${fn.metadata.name}'`;
  const trigger = triggerOf(fn.metadata)?.binding.type.toLowerCase() ?? '';
  if (trigger === 'orchestrationtrigger' || trigger === 'entitytrigger') {
    throw new HostStartError(
      `${where}: orchestrators and entities have no blob bindings in this host; use an activity`,
    );
  }
  const path = resolveSettings(textOption(binding, 'path') ?? '', settings, where);
  if (!/^[^/]+\/./s.test(path)) throw new HostStartError(`${where}: path is '${path}'; allowed: container/blob`);
  const connection = resolveSettings(textOption(binding, 'connection') ?? '', settings, where);
  return {
    ...{ name, connection, path, service: await connectBlobService(connection, settings, where) },
    isOutput: binding.direction?.toLowerCase() === 'out',
    wantsNames: binding.properties?.supportsDeferredBinding === 'true',
  };
}

function placeOf({ path }: BlobBinding, data: BindingData): { container: string; blob: string } {
  const resolved = resolveExpressions(path, data);
  const slash = resolved.indexOf('/');
  return { container: resolved.slice(0, slash), blob: resolved.slice(slash + 1) };
}

async function readBlob(binding: BlobBinding, data: BindingData): Promise<TypedData | undefined> {
  if (binding.wantsNames) return namesOf(binding, data);
  const { container, blob } = placeOf(binding, data);
  try {
    return { bytes: await binding.service.getContainerClient(container).getBlobClient(blob).downloadToBuffer() };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function namesOf(binding: BlobBinding, data: BindingData): TypedData {
  const { container, blob } = placeOf(binding, data);
  const names = { Connection: binding.connection, ContainerName: container, BlobName: blob };
  const content = Buffer.from(JSON.stringify(names));
  return {
    modelBindingData: { version: '1.0', source: 'AzureStorageBlobs', contentType: 'application/json', content },
  };
}

/** A container that is missing is made, as the runtime does. */
async function writeBlob(binding: BlobBinding, data: BindingData, bytes: Buffer): Promise<void> {
  const { container, blob } = placeOf(binding, data);
  const client = binding.service.getContainerClient(container);
  try {
    await client.getBlockBlobClient(blob).uploadData(bytes);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    await client.createIfNotExists();
    await client.getBlockBlobClient(blob).uploadData(bytes);
  }
}

function bytesOf(data: TypedData | null | undefined): Buffer | undefined {
  if (data === null || data === undefined) return undefined;
  if (data.bytes) return Buffer.from(data.bytes);
  const text = data.string ?? data.json ?? data.int ?? data.double;
  return text === undefined || text === null ? undefined : Buffer.from(String(text));
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : undefined;
}
