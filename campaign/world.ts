import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { clientEnvironment } from '../local/app/environment.ts';
import { type Stack, type StackOptions, startStack } from '../local/app/stack.ts';
import { followTransfer } from '../local/app/transfers.ts';
import { Operator } from '../local/cloud/operator.ts';
import { FREE_PORTS } from '../local/cloud/ports.ts';
import { TokenAuthority } from '../local/tokens.ts';
import { isFinalState } from '../src/domain/outcome.ts';
import { type TransferDocument, transferDocumentSchema } from '../src/domain/transfer/transfer-document.ts';
import { CallWatch } from './call-watch.ts';

/** An answer of the app. */
export interface AppAnswer {
  status: number;
  text: string;
}

/** The whole local cloud with the built app, and what a scenario needs of it. */
export interface World {
  stack: Stack;
  dir: string;
  calls: CallWatch;
  /** The platform team: sees and lists everything. */
  operator: Operator;
  /** Calls the app; `undefined` while it does not answer. */
  ask(method: string, path: string, body?: object): Promise<AppAnswer | undefined>;
  /** Starts a transfer: asks under its id until it is accepted. @throws when it is refused */
  start(id: string, artifacts: readonly string[]): Promise<void>;
  read(id: string): Promise<TransferDocument | undefined>;
  follow(id: string): Promise<TransferDocument>;
  stop(): Promise<void>;
}

/** Who is killed. */
export type Victim = 'host' | 'cloud' | 'azurite';

const LOOK_MS = 10;
const LOOKS_A_READ = 50;
const ASK_AGAIN_MS = 200;
const MAX_TRIES = 300;

/** Starts it on free ports and in a folder of its own. The app must have been built. */
export async function openWorld(options: Partial<StackOptions> = {}): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'acr-transfer-campaign-'));
  const appDir = join(import.meta.dirname, '..');
  const base = { dir, appDir, ports: FREE_PORTS, storageAccess: 'ManagedIdentity', giveUpWithinMs: 0 } as const;
  const stack = await startStack({ ...base, ...options });
  becomeClient(stack);
  const ask = askApp(stack);
  const { url, key } = stack.endpoints.functions;
  return {
    stack,
    dir,
    calls: new CallWatch(stack.control, () => stack.cloud.pid),
    operator: new Operator(new TokenAuthority(stack.certificates.signingKey)),
    ask,
    start: (id, artifacts) => startTransfer(ask, { id, artifacts, route: stack.endpoints.route }),
    async read(id) {
      const answer = await ask('GET', `/transfers/${id}`);
      return answer?.status === 200 ? transferDocumentSchema.parse(JSON.parse(answer.text)) : undefined;
    },
    follow: (id) => followTransfer({ url, key }, id, () => undefined),
    async stop() {
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** SIGKILL; resolves when what was killed is up again. */
export async function kill({ stack }: World, victim: Victim): Promise<void> {
  const pidOf = () => (victim === 'host' ? stack.host.pid : stack.cloud.pid);
  const before = pidOf();
  process.kill(victim === 'azurite' ? stack.cloud.azuritePid : before, 'SIGKILL');
  while (pidOf() === before) await Promise.race([sleep(20), stack.failed]);
}

/** Waits until there were so many calls, or for the transfer's end. @returns where the transfer was then */
export async function untilCall(world: World, id: string, count: number): Promise<string> {
  for (let looks = 1; ; looks++) {
    await world.calls.read();
    if (world.calls.count >= count) break;
    // As seldom as in the measured transfer: reading makes calls of its own.
    if (looks % LOOKS_A_READ === 0) {
      const document = await world.read(id);
      if (document && isFinalState(document.state)) break;
    }
    await sleep(LOOK_MS);
  }
  const document = await world.read(id);
  if (document && isFinalState(document.state)) return document.state;
  return document?.batches[0]?.step ?? document?.phase ?? document?.state ?? 'unknown';
}

/** SDK clients of this process find the local clouds, and trust them. */
function becomeClient({ ports, certificates }: Stack): void {
  setDefaultCACertificates([...getCACertificates('default'), certificates.ca]);
  Object.assign(process.env, clientEnvironment(ports, certificates));
  setGlobalDispatcher(new EnvHttpProxyAgent());
}

function askApp({ endpoints }: Stack): World['ask'] {
  const { url, key } = endpoints.functions;
  return async (method, path, body) => {
    try {
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}/api${path}`, { method, headers: { 'x-functions-key': key }, ...init });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      // By name: under jest the error is of another realm.
      if ((error as Error).name === 'TypeError') return undefined;
      throw error;
    }
  };
}

async function startTransfer(ask: World['ask'], request: { id: string; [name: string]: unknown }): Promise<void> {
  for (let tries = 1; ; tries++) {
    const answer = await ask('POST', '/transfers', request);
    if (answer?.status === 202 || answer?.status === 200) return;
    const isRefused = answer !== undefined && answer.status < 500;
    if (isRefused || tries === MAX_TRIES) throw new Error(`POST ${request.id}: ${answer?.status} ${answer?.text}`);
    await sleep(ASK_AGAIN_MS);
  }
}
