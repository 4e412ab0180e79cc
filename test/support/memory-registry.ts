import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the registry got it. */
export interface SeenRequest {
  method: string;
  /** Path with query. */
  url: string;
  headers: IncomingMessage['headers'];
}

/** What to do instead of answering: a status, or a connection cut at once or after so many bytes of a body. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | { cutAfterBytes: number }
  /** Other bytes than those that are kept. */
  | { replaceWith: Buffer };

/** A registry in memory over http on a free loopback port, with what it was asked and what it holds. */
export interface MemoryRegistry {
  endpoint: string;
  requests: SeenRequest[];
  /** By `repository@digest`. */
  blobs: Map<string, Buffer>;
  /** By `repository@digest` and `repository:tag`. */
  manifests: Map<string, { mediaType: string; bytes: Buffer }>;
  /** Uploads that were opened and neither finished nor canceled, with what was patched into them. */
  uploads: Map<string, Buffer>;
  /** Asked before each request is answered; `undefined` lets it through. */
  fault: (request: SeenRequest) => Fault | undefined;
  close(): Promise<void>;
}

export interface MemoryRegistryOptions {
  auth?: 'bearer' | 'basic';
  /** The realm of the Bearer challenge; by default the registry's own. */
  realm?: string;
  /** Lifetime that the token answer states, in seconds. */
  tokenLifetimeSeconds?: number;
  pageSize?: number;
  canMount?: boolean;
  ignoresRanges?: boolean;
  /** Leaves `Docker-Content-Digest` out, as old registries do. */
  hidesDigests?: boolean;
  /** Where blob reads are redirected to; the digest is appended. */
  redirectBlobsTo?: string;
}

/** User name and password that the registry takes. */
export const CREDENTIALS = { username: 'reader', password: 'pass:word' };

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const sameDigest = (bytes: Buffer, digest: string) =>
  digest ===
  `${digest.split(':')[0]}:${createHash(digest.split(':')[0] ?? '')
    .update(bytes)
    .digest('hex')}`;

/** Starts a registry; close it when done. */
export async function startMemoryRegistry(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const server = createServer((request, response) => {
    answer(registry, options, request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registry: MemoryRegistry = {
    endpoint: `http://127.0.0.1:${port}`,
    requests: [],
    blobs: new Map(),
    manifests: new Map(),
    uploads: new Map(),
    fault: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return registry;
}

async function answer(
  registry: MemoryRegistry,
  options: MemoryRegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const seen: SeenRequest = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
  registry.requests.push(seen);
  const url = new URL(seen.url, registry.endpoint);
  const fault = registry.fault(seen);
  if (fault !== undefined && 'cutAfterBytes' in fault && fault.cutAfterBytes === 0) return response.destroy();
  if (fault !== undefined && 'status' in fault)
    return end(response, fault.status, fault.headers ?? {}, fault.body ?? '');
  if (url.pathname === '/token') return answerToken(options, request, url, response);
  if (!isAllowed(options, request)) return challenge(registry, options, seen, url, response);
  const [, repository = '', kind, rest = ''] = /^\/v2\/(.+)\/(blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? [];
  if (url.pathname === '/v2/') return end(response, 200, {}, '{}');
  if (url.pathname === '/v2/_catalog')
    return answerPage(options, url, 'repositories', repositoriesOf(registry), response);
  if (kind === 'tags') return answerPage(options, url, 'tags', tagsOf(registry, repository), response);
  if (kind === 'manifests') return answerManifest(registry, options, request, repository, rest, response);
  if (kind !== 'blobs') return fail(response, 404, 'UNSUPPORTED');
  if (rest.startsWith('uploads/')) return answerUpload(registry, options, request, repository, url, response);
  return answerBlob(registry, options, request, repository, rest, fault, response);
}

function end(response: ServerResponse, status: number, headers: Record<string, string>, body: string | Buffer = '') {
  const hasLength = status === 204 || 'content-length' in headers;
  response.writeHead(status, hasLength ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}

function fail(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  end(response, status, headers, JSON.stringify({ errors: [{ code, message: `${code.toLowerCase()} it is` }] }));
}

const BASIC = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;

function isAllowed({ auth }: MemoryRegistryOptions, request: IncomingMessage): boolean {
  if (auth === undefined) return true;
  const given = request.headers.authorization ?? '';
  if (auth === 'basic') return given === BASIC;
  const [, repository = ''] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(request.url ?? '') ?? [];
  const action = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push';
  const scopes = Buffer.from(given.replace(/^Bearer /, ''), 'base64url')
    .toString()
    .split(' ');
  return scopes.some((scope) => scope.startsWith(`repository:${repository}:`) && scope.includes(action));
}

function challenge(
  registry: MemoryRegistry,
  { auth, realm = `${registry.endpoint}/token` }: MemoryRegistryOptions,
  seen: SeenRequest,
  url: URL,
  response: ServerResponse,
): void {
  const [, repository = ''] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(url.pathname) ?? [];
  const actions = seen.method === 'GET' || seen.method === 'HEAD' ? 'pull' : 'pull,push';
  const bearer = `Bearer realm="${realm}",service="memory",scope="repository:${repository}:${actions}"`;
  fail(response, 401, 'UNAUTHORIZED', { 'www-authenticate': auth === 'basic' ? 'Basic realm="memory"' : bearer });
}

function answerToken(
  options: MemoryRegistryOptions,
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
): unknown {
  if (request.headers.authorization !== BASIC) return fail(response, 401, 'UNAUTHORIZED');
  const token = Buffer.from(`${url.searchParams.getAll('scope').join(' ')} #${randomUUID()}`).toString('base64url');
  return end(response, 200, {}, JSON.stringify({ token, expires_in: options.tokenLifetimeSeconds ?? 300 }));
}

const repositoriesOf = ({ manifests }: MemoryRegistry) => [
  ...new Set([...manifests.keys()].map((key) => key.split(/[@:]/, 1)[0] ?? '')),
];

const tagsOf = ({ manifests }: MemoryRegistry, repository: string) =>
  [...manifests.keys()]
    .filter((key) => key.startsWith(`${repository}:`))
    .map((key) => key.slice(repository.length + 1));

function answerPage(
  { pageSize = 1000 }: MemoryRegistryOptions,
  url: URL,
  member: string,
  all: string[],
  response: ServerResponse,
): void {
  const start = all.indexOf(url.searchParams.get('last') ?? '') + 1;
  const page = all.slice(start, start + pageSize);
  const next = new URLSearchParams({ n: String(pageSize), last: page.at(-1) ?? '' });
  const hasMore = start + pageSize < all.length;
  end(
    response,
    200,
    hasMore ? { link: `<${url.pathname}?${next}>; rel="next"` } : {},
    JSON.stringify({ [member]: page }),
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function answerManifest(
  registry: MemoryRegistry,
  options: MemoryRegistryOptions,
  request: IncomingMessage,
  repository: string,
  reference: string,
  response: ServerResponse,
): Promise<unknown> {
  const key = `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  if (request.method === 'PUT') {
    const kept = { mediaType: request.headers['content-type'] ?? '', bytes: await readBody(request) };
    registry.manifests.set(key, kept);
    registry.manifests.set(`${repository}@${sha256(kept.bytes)}`, kept);
    return end(response, 201, { 'docker-content-digest': sha256(kept.bytes) });
  }
  const found = registry.manifests.get(key);
  if (found === undefined) return fail(response, 404, 'MANIFEST_UNKNOWN', { 'x-ms-correlation-request-id': 'corr-1' });
  const headers: Record<string, string> = {
    'content-type': found.mediaType,
    'content-length': String(found.bytes.length),
  };
  if (!options.hidesDigests) headers['docker-content-digest'] = sha256(found.bytes);
  return end(response, 200, headers, request.method === 'HEAD' ? '' : found.bytes);
}

async function answerUpload(
  registry: MemoryRegistry,
  options: MemoryRegistryOptions,
  request: IncomingMessage,
  repository: string,
  url: URL,
  response: ServerResponse,
): Promise<unknown> {
  const id = url.pathname.split('/').at(-1) ?? '';
  if (request.method === 'POST') {
    const mounted = registry.blobs.get(`${url.searchParams.get('from')}@${url.searchParams.get('mount')}`);
    if (mounted !== undefined && options.canMount !== false) {
      registry.blobs.set(`${repository}@${url.searchParams.get('mount')}`, mounted);
      return end(response, 201, {});
    }
    const opened = randomUUID();
    registry.uploads.set(opened, Buffer.alloc(0));
    return end(response, 202, { location: `/v2/${repository}/blobs/uploads/${opened}?_state=a%20b` });
  }
  const patched = registry.uploads.get(id);
  if (patched === undefined) return fail(response, 404, 'BLOB_UPLOAD_UNKNOWN');
  if (request.method === 'DELETE') {
    registry.uploads.delete(id);
    return end(response, 204, {});
  }
  const bytes = Buffer.concat([patched, await readBody(request)]);
  if (request.method === 'PATCH') {
    registry.uploads.set(id, bytes);
    return end(response, 202, { location: `${url.pathname}${url.search}`, range: `0-${bytes.length - 1}` });
  }
  const digest = url.searchParams.get('digest') ?? '';
  if (!sameDigest(bytes, digest) || !/[?&]_state=a(%20|\+)b(&|$)/.test(url.search))
    return fail(response, 400, 'DIGEST_INVALID');
  registry.uploads.delete(id);
  registry.blobs.set(`${repository}@${digest}`, bytes);
  return end(response, 201, { 'docker-content-digest': digest });
}

function answerBlob(
  registry: MemoryRegistry,
  options: MemoryRegistryOptions,
  request: IncomingMessage,
  repository: string,
  digest: string,
  fault: Fault | undefined,
  response: ServerResponse,
): unknown {
  const kept = registry.blobs.get(`${repository}@${digest}`);
  if (kept === undefined) return fail(response, 404, 'BLOB_UNKNOWN');
  if (options.redirectBlobsTo !== undefined && request.method === 'GET') {
    return end(response, 307, { location: `${options.redirectBlobsTo}${digest}` });
  }
  const bytes = fault !== undefined && 'replaceWith' in fault ? fault.replaceWith : kept;
  const range = /^bytes=(\d+)-(\d+)$/.exec((!options.ignoresRanges && request.headers.range) || '');
  const first = Number(range?.[1] ?? 0);
  if (range !== null && first >= bytes.length) return fail(response, 416, 'RANGE_INVALID');
  const part = range === null ? bytes : bytes.subarray(first, Number(range[2]) + 1);
  const contentRange = { 'content-range': `bytes ${first}-${first + part.length - 1}/${bytes.length}` };
  response.writeHead(range === null ? 200 : 206, {
    'content-length': part.length,
    ...(range === null ? {} : contentRange),
  });
  if (request.method === 'HEAD') response.end();
  else if (fault !== undefined && 'cutAfterBytes' in fault) {
    response.write(part.subarray(0, fault.cutAfterBytes), () => setTimeout(() => response.destroy(), 20));
  } else response.end(part);
}
