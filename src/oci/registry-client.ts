import type { Dispatcher } from 'undici';
import type { Descriptor } from './descriptor.ts';
import { requireRepository } from './names.ts';
import { mountBlob } from './registry/blob-mount.ts';
import { type ByteRange, readBlob } from './registry/blob-reader.ts';
import { hasBlob, uploadBlob } from './registry/blob-uploader.ts';
import { fetchManifest, putManifest, resolveManifest } from './registry/manifests.ts';
import { readPages } from './registry/paging.ts';
import { listReferrers } from './registry/referrers.ts';
import { CATALOG_SCOPE, pullScope } from './registry/scopes.ts';
import { Transport } from './registry/transport.ts';
import type { TokenSource } from './token-source.ts';

/** Where a registry is and how it is asked. */
export interface RegistryClientOptions {
  /** `https://host[:port]`; `http` is allowed. */
  endpoint: string;
  tokens: TokenSource;
  /** Default: undici's global dispatcher, which is where a proxy is set. */
  dispatcher?: Dispatcher;
  /** Limit for a request until its answer's headers, in milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Limit for the silence within a body, in milliseconds. Default 60,000. */
  idleTimeoutMs?: number;
  /** Waits between the tries of a request that failed transiently; their number is the number of retries. */
  retryDelaysMs?: readonly number[];
  /** Ends every request of this client; they throw its reason. */
  signal?: AbortSignal;
}

/**
 * A client of one registry (OCI distribution-spec 1.1). Every digest and size is checked on the way in and out. Requests
 * that may be repeated are, a few times, after 408, 429, 5xx and network failures. Only redirected blob reads leave the
 * endpoint's origin, and without credentials. Failures are `TransferError`: class by status, code by the registry.
 * Names and references are checked before they get into a path. May be shared by any number of concurrent callers.
 */
export class RegistryClient {
  readonly #transport: Transport;

  constructor(options: RegistryClientOptions) {
    this.#transport = new Transport(options);
  }

  /** What a tag or digest stands for now; `undefined` when there is no such manifest or repository. */
  resolve(repository: string, reference: string): Promise<Descriptor | undefined> {
    return resolveManifest(this.#transport, repository, reference);
  }

  /** A manifest of at most 4 MiB, its digest verified, against the reference too when that is a digest. */
  fetchManifest(repository: string, reference: string): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    return fetchManifest(this.#transport, repository, reference);
  }

  /** Writes a manifest by tag or digest; what the registry kept must have the bytes' digest. */
  putManifest(repository: string, reference: string, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
    return putManifest(this.#transport, repository, reference, mediaType, bytes);
  }

  /** True when the repository holds the registry blob. */
  hasBlob(repository: string, digest: string): Promise<boolean> {
    return hasBlob(this.#transport, repository, digest);
  }

  /**
   * The bytes of a registry blob or of a range (in bytes) within it. A whole read verifies digest and size and holds its
   * last chunk back until then; a range is checked against the blob's size only. A cut connection resumes.
   */
  readBlob(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    range?: ByteRange,
  ): AsyncIterable<Uint8Array> {
    return readBlob(this.#transport, repository, blob, range);
  }

  /** Streams a blob into the repository unless it is there; `content` may be called a second time, for a retry. */
  uploadBlob(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    content: () => AsyncIterable<Uint8Array>,
  ): Promise<'uploaded' | 'existed'> {
    return uploadBlob(this.#transport, repository, blob, content);
  }

  /** Takes a blob over from another repository of this registry; false when the registry would not. */
  mountBlob(repository: string, digest: string, fromRepository: string): Promise<boolean> {
    return mountBlob(this.#transport, repository, digest, fromRepository);
  }

  /** The repository's tags in the registry's order, page by page. */
  async *listTags(repository: string): AsyncGenerator<string, void, undefined> {
    yield* readPages(this.#transport, {
      path: `${requireRepository(repository)}/tags/list`,
      member: 'tags',
      action: `list the tags of ${repository}`,
      scope: pullScope(repository),
    });
  }

  /** What refers to a manifest by its `subject`: signatures, SBOMs and the like; not what refers to those. */
  listReferrers(repository: string, digest: string): Promise<Descriptor[]> {
    return listReferrers(this.#transport, repository, digest);
  }

  /** The registry's repositories in the registry's order, page by page. */
  async *listRepositories(): AsyncGenerator<string, void, undefined> {
    yield* readPages(this.#transport, {
      path: '_catalog',
      member: 'repositories',
      action: 'list the repositories',
      scope: CATALOG_SCOPE,
    });
  }
}
