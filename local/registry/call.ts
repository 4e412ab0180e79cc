import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryAuth } from './auth.ts';
import type { RegistryStore } from './store.ts';
import type { UploadSessions } from './uploads.ts';

/** A manifest that was pushed, as a registry tells of it. */
export interface Push {
  repository: string;
  /** `undefined` where it was pushed by its digest. */
  tag: string | undefined;
  digest: string;
  mediaType: string;
  sizeBytes: number;
  userAgent: string | undefined;
}

/** One registry, as both of its listeners see it. */
export interface Registry {
  loginServer: string;
  store: RegistryStore;
  uploads: UploadSessions;
  auth: RegistryAuth;
  /** Is told of each manifest before its push is answered. */
  onPush?: ((push: Push) => void) | undefined;
}

/** A request, and what the route found in its path. */
export interface Call {
  registry: Registry;
  request: IncomingMessage;
  response: ServerResponse;
  /** `https://…` or `http://…`, as the client wrote it. */
  origin: string;
  /** The Host header: the service's name for this client. */
  host: string;
  query: URLSearchParams;
  /** A valid repository name; empty where the path has none. */
  repository: string;
  /** The last part of the path (tag, digest, upload id), not checked; empty where the path has none. */
  reference: string;
}

/** Answers a call, or throws a `RegistryError`. */
export type Endpoint = (call: Call) => Promise<void>;
