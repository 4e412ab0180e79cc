import { everyoneMay, type May } from '../access/role-assignments.ts';
import type { RoleMode } from '../access/role-mode.ts';
import type { Around, Handler, RunningServer } from '../http.ts';
import { serve } from '../http.ts';
import type { CloudName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { type AdminUser, RegistryAuth } from './auth.ts';
import type { Push, Registry } from './call.ts';
import { dispatch } from './dispatch.ts';
import { RegistryStore } from './store.ts';
import { UploadSessions } from './uploads.ts';

export interface RegistryOptions {
  /** The name that tokens are bound to, such as `srcregistry.azurecr.source.test`. */
  loginServer: string;
  cloud: CloudName;
  /** 0 takes any free port. */
  httpsPort: number;
  httpPort: number;
  /** PEM texts of the https listener. */
  tls: { key: string; cert: string };
  /** Verifies Entra tokens and signs the registry's own. */
  tokens: TokenAuthority;
  /** Who may do what; left out, every identity of the tenant may do everything. */
  may?: May;
  /** Which roles count, as the registry's `roleAssignmentMode` says; default: `LegacyRegistryPermissions`. */
  roleMode?: () => RoleMode;
  /** The folder of this registry's content; made when it does not exist, kept between starts. */
  dir: string;
  /** The admin user: as it stays, or as it is when it signs in. */
  admin: { username: string; password: string } | (() => AdminUser);
  /** What pipeline runs and tools of the local cloud sign in with, as the admin user, even while it is disabled. */
  workerPassword?: string;
  /** Is told of each manifest before its push is answered; default: nobody. */
  onPush?: (push: Push) => void;
  around?: Around;
  /** Gets a line for each unexpected error; default: nobody. */
  log?: (line: string) => void;
}

export interface RunningRegistry {
  httpsPort: number;
  httpPort: number;
  /** Closes both listeners and their connections. Uploads under way are lost; all that was answered stays. */
  stop(): Promise<void>;
}

/**
 * Starts one registry: one store behind an https listener (for the cloud's names and for tools) and an http listener
 * (for tools), both on 127.0.0.1. Only one may run on a `dir`. Rejects when a port is taken.
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const log = options.log ?? (() => undefined);
  const store = await RegistryStore.open(options.dir);
  const { loginServer, onPush } = options;
  const uploads = new UploadSessions(store.content);
  const auth = new RegistryAuth({ may: everyoneMay, ...options, admin: adminOf(options) });
  const registry: Registry = { loginServer, store, uploads, auth, onPush };
  const handler: Handler = (request, response, url) => dispatch(registry, { request, response, url }, log);
  const { around } = options;
  const https = await serve(handler, { port: options.httpsPort, tls: options.tls, around, log });
  const http = await startSecond(https, () => serve(handler, { port: options.httpPort, around, log }));
  return {
    httpsPort: https.port,
    httpPort: http.port,
    async stop() {
      await Promise.all([https.stop(), http.stop()]);
    },
  };
}

/** Starts another server; when that fails, the first does not stay behind. */
async function startSecond(first: RunningServer, start: () => Promise<RunningServer>): Promise<RunningServer> {
  try {
    return await start();
  } catch (error) {
    await first.stop();
    throw error;
  }
}

function adminOf({ admin }: RegistryOptions): () => AdminUser {
  if (typeof admin === 'function') return admin;
  const { username, password } = admin;
  return () => ({ username, passwords: [password] });
}
