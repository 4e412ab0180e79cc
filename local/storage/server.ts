import { Agent } from 'node:https';
import { everyoneMay, type May } from '../access/role-assignments.ts';
import type { Certificates } from '../certificates.ts';
import type { Around, RunningServer } from '../http.ts';
import { serve } from '../http.ts';
import type { TokenAuthority } from '../tokens.ts';
import { StorageAccounts } from './accounts.ts';
import type { ProcessEnd, RunningAzurite } from './azurite.ts';
import { startAzurite } from './azurite.ts';
import type { BlobWatcher } from './blob-writes.ts';
import { answerStorage } from './front.ts';

export interface StorageOptions {
  /** The front's port, which the blob names lead to; 0 takes any free one. */
  port: number;
  /** Azurite's own port; 0 takes any free one. */
  azuritePort: number;
  /** Where blobs are kept. */
  dir: string;
  certificates: Certificates;
  tokens: TokenAuthority;
  /** Who may do what; left out, every identity of the tenant may do everything. */
  may?: May;
  /** Keys and network rules; left out, accounts of this start's own, kept in `dir`. */
  accounts?: StorageAccounts;
  around?: Around;
  /** Hears of blobs that are committed. */
  watcher?: BlobWatcher | undefined;
  log?: (line: string) => void;
}

export interface RunningStorage extends RunningServer {
  azuritePort: number;
  azuritePid: number;
  accounts: StorageAccounts;
  /** Resolves when Azurite has ended, by itself or by `stop`; the front then answers 503. */
  exited: Promise<ProcessEnd>;
}

const CONNECTIONS_TO_AZURITE = 64;

/**
 * Blob storage for both clouds: one Azurite with all accounts, and the HTTPS front before it, in this process. State
 * survives a restart. Rejects with `PortTakenError` for either port; nothing is left running then.
 */
export async function startStorage(options: StorageOptions): Promise<RunningStorage> {
  const { certificates, tokens, log, watcher, may = everyoneMay } = options;
  const accounts = options.accounts ?? (await StorageAccounts.open(options.dir, certificates.secrets.accountKeys));
  const azurite = await startAzurite({ port: options.azuritePort, dir: options.dir, certificates });
  const agent = new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS_TO_AZURITE,
    ca: certificates.azurite.cert,
    servername: 'localhost',
  });
  const upstream = { port: azurite.port, agent, keys: azurite.keys };
  const front = { tokens, may, accounts, upstream, watcher, log };
  const server = await startFront(azurite, () =>
    serve((request, response, url) => answerStorage(request, response, url, front), {
      port: options.port,
      tls: certificates.tls,
      around: options.around,
      log,
    }),
  );
  const stop = async (): Promise<void> => {
    await server.stop();
    agent.destroy();
    await azurite.stop();
  };
  return {
    port: server.port,
    stop,
    azuritePort: azurite.port,
    azuritePid: azurite.pid,
    accounts,
    exited: azurite.exited,
  };
}

async function startFront(azurite: RunningAzurite, start: () => Promise<RunningServer>): Promise<RunningServer> {
  try {
    return await start();
  } catch (error) {
    await azurite.stop();
    throw error;
  }
}
