import { endAfterBody } from '../http.ts';
import type { Call } from './call.ts';
import { RegistryError } from './errors.ts';
import { parseDigest, parseRepository } from './grammar.ts';
import type { ChunkRange, UploadSession } from './uploads.ts';

/**
 * `POST /v2/{repository}/blobs/uploads/`: mounts a blob of another repository (`mount`, `from`), stores the body as a
 * whole blob (`digest`), or starts an upload. What cannot be mounted becomes an upload, as the specification says.
 */
export async function startUpload(call: Call): Promise<void> {
  const mount = call.query.get('mount');
  const digest = call.query.get('digest');
  if (mount !== null) {
    if (await tryMount(call, parseDigest(mount))) sendCreated(call, mount);
    else sendProgress(call, 202, call.registry.uploads.start(call.repository));
  } else if (digest !== null) {
    await storeWhole(call, parseDigest(digest));
  } else {
    sendProgress(call, 202, call.registry.uploads.start(call.repository));
  }
}

/** `PATCH` on an upload: appends a chunk, at its `Content-Range` or at the end. */
export async function appendChunk(call: Call): Promise<void> {
  const session = sessionOf(call);
  await orForget(call, session, () => session.append(call.request, chunkRangeOf(call, session)));
  sendProgress(call, 202, session);
}

/** `PUT` on an upload: appends what the body has and makes all of it the blob `digest`. */
export async function finishUpload(call: Call): Promise<void> {
  const session = sessionOf(call);
  const digest = parseDigest(call.query.get('digest'));
  await orForget(call, session, () => session.finish(call.request, digest, chunkRangeOf(call, session)));
  await publish(call, digest);
}

/** `GET` and `HEAD` on an upload: how far it is. */
export async function readUpload(call: Call): Promise<void> {
  sendProgress(call, 204, sessionOf(call));
}

/** `DELETE` on an upload: gives it up. */
export async function cancelUpload(call: Call): Promise<void> {
  const session = sessionOf(call);
  await session.cancel();
  call.registry.uploads.forget(session);
  call.response.writeHead(204);
  endAfterBody(call.request, call.response);
}

async function tryMount(call: Call, digest: string): Promise<boolean> {
  const from = call.query.get('from');
  const { store } = call.registry;
  if (from === null || (await store.sizeOfBlob(parseRepository(from), digest)) === undefined) return false;
  await store.change(call.repository, (links) => links.linkBlob(digest));
  return true;
}

async function storeWhole(call: Call, digest: string): Promise<void> {
  const session = call.registry.uploads.start(call.repository);
  try {
    await session.finish(call.request, digest);
  } catch (error) {
    await session.discard();
    throw error;
  } finally {
    call.registry.uploads.forget(session);
  }
  await publish(call, digest);
}

async function publish(call: Call, digest: string): Promise<void> {
  await call.registry.store.change(call.repository, (links) => links.linkBlob(digest));
  sendCreated(call, digest);
}

async function orForget(call: Call, session: UploadSession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    if (!session.isOpen) call.registry.uploads.forget(session);
  }
}

function sessionOf(call: Call): UploadSession {
  return call.registry.uploads.find(call.repository, call.reference, call.query.get('_state'));
}

/** The range of a chunk; distribution's form is `0-9`, RFC 9110's `bytes 0-9/*`: both are taken. */
function chunkRangeOf(call: Call, session: UploadSession): ChunkRange | undefined {
  const header = call.request.headers['content-range'];
  if (header === undefined) return undefined;
  const [, first, last] = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  const range = { firstByte: Number(first), lastByte: Number(last) };
  const length = call.request.headers['content-length'];
  const lengthBytes = range.lastByte - range.firstByte + 1;
  if (first === undefined || lengthBytes < 1 || (length !== undefined && Number(length) !== lengthBytes)) {
    const found = `Content-Range ${JSON.stringify(header)} with Content-Length ${length ?? 'not given'}`;
    throw new RegistryError('RANGE_INVALID', `${found}: allowed is {first byte}-{last byte} of the same length`, {
      headers: session.progressHeaders,
    });
  }
  return range;
}

function sendProgress(call: Call, status: number, session: UploadSession): void {
  call.response.writeHead(status, {
    ...session.progressHeaders,
    ...(status === 202 ? { 'content-length': 0 } : {}),
  });
  endAfterBody(call.request, call.response);
}

function sendCreated(call: Call, digest: string): void {
  call.response.writeHead(201, {
    location: `/v2/${call.repository}/blobs/${digest}`,
    'docker-content-digest': digest,
    'content-length': 0,
  });
  endAfterBody(call.request, call.response);
}
