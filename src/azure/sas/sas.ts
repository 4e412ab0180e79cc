import { randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import { TransferError } from '../../domain/errors.ts';
import {
  type ContainerHandle,
  containerHandle,
  containerHandleWithSas,
  unlessCode,
} from '../blobs/container-handle.ts';
import { signContainerSas } from './user-delegation.ts';

/** What {@link probeContainerSas} found: the first permission that the token does not give, and what storage said. */
export type SasProbe =
  | { ok: true }
  | { ok: false; permission: string; status: number; code: string; correlationId?: string };

/**
 * A new SAS token for a container, https only, without a leading `?`, signed with a user delegation key of its own
 * that has the same ends. `permissions` are letters of a container SAS in any order (`alrw`). Throws a RangeError when
 * the ends are not in order or more than the service's 7 days apart, a `TransferError` when there is no key to be had.
 */
export function mintContainerSas(options: {
  containerUrl: string;
  credential: TokenCredential;
  permissions: string;
  startsAt: Date;
  expiresAt: Date;
}): Promise<string> {
  const { containerUrl, credential, ...token } = options;
  return signContainerSas(containerHandle(containerUrl, credential), credential, token);
}

/**
 * Tries whether a SAS token gives the permissions (letters of `adlrw`), without making a blob or an event: a list, a
 * read and a delete of a name that does not exist, a one-byte block that is never committed (the service drops it
 * after a week; it stands for `w` and for `a`, which nothing tells apart without writing a blob). A refusal is a
 * result; what says nothing about the token (network, throttling, 5xx) throws a `TransferError`.
 */
export async function probeContainerSas(
  containerUrl: string,
  sasToken: string,
  permissions: string,
): Promise<SasProbe> {
  const unknown = [...permissions].filter((letter) => !(letter in PROBES));
  if (unknown.length > 0)
    throw new RangeError(`permissions ${permissions}: ${unknown.join()}; allowed: letters of adlrw`);
  const handle = containerHandleWithSas(containerUrl, sasToken);
  for (const permission of new Set(permissions)) {
    const refusal = await tryOut(() => PROBES[permission]?.(handle) ?? Promise.resolve());
    if (refusal) return { ok: false, permission, ...refusal };
  }
  return { ok: true };
}

type Probe = (handle: ContainerHandle) => Promise<unknown>;

const probeWrite: Probe = (handle) => {
  const blob = probeName();
  return handle.call({ action: 'stage a block that is never committed', blob }, (abortSignal) =>
    handle.client.getBlockBlobClient(blob).stageBlock(btoa('probe'), new Uint8Array(1), 1, { abortSignal }),
  );
};

const PROBES: Readonly<Record<string, Probe>> = {
  a: probeWrite,
  w: probeWrite,
  l: (handle) =>
    handle.call({ action: 'list a blob' }, (abortSignal) =>
      handle.client.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next(),
    ),
  r: (handle) => {
    const blob = probeName();
    return ofAbsentBlob(() =>
      handle.call({ action: 'read a blob that does not exist', blob }, (abortSignal) =>
        handle.client.getBlobClient(blob).getProperties({ abortSignal }),
      ),
    );
  },
  d: (handle) => {
    const blob = probeName();
    return ofAbsentBlob(() =>
      handle.call({ action: 'delete a blob that does not exist', blob }, (abortSignal) =>
        handle.client.getBlobClient(blob).delete({ abortSignal }),
      ),
    );
  },
};

/** "Not found" is only said to who may look. */
function ofAbsentBlob(run: () => Promise<unknown>): Promise<unknown> {
  return unlessCode(['BlobNotFound'], run);
}

async function tryOut(
  probe: () => Promise<unknown>,
): Promise<{ status: number; code: string; correlationId?: string } | undefined> {
  try {
    await probe();
    return undefined;
  } catch (error) {
    const status = error instanceof TransferError ? statusOf(error) : undefined;
    if (!(error instanceof TransferError) || error.class === 'transient' || status === undefined) throw error;
    const { code, correlationId } = error;
    return { status, code, ...(correlationId === undefined ? {} : { correlationId }) };
  }
}

function statusOf(error: TransferError): number | undefined {
  const { cause } = error;
  const status = cause instanceof Error && 'statusCode' in cause ? cause.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function probeName(): string {
  return `acr-transfer-probe-${randomUUID()}`;
}
