import { type LastTransfer, lastTransferSchema } from '../../domain/api/answers.ts';
import type { JsonBlobs } from './blob-json.ts';
import type { TransferIndex } from './transfer-index.ts';

const blobOf = (route: string) => `last/${route}.json`;
/** What cannot be read is forgotten: it must not keep a transfer from its report. */
const pointerSchema = lastTransferSchema.nullable().catch(null);

/** The newest transfer of each route, one small blob a route, so that nobody has to look for it. */
export class LastTransfers {
  readonly #blobs: JsonBlobs;

  constructor(blobs: JsonBlobs) {
    this.#blobs = blobs;
  }

  /** The state is that of when it was noted, which is the last one only where it is final. */
  async read(route: string): Promise<LastTransfer | undefined> {
    return (await this.#blobs.read(blobOf(route), pointerSchema)) ?? undefined;
  }

  /** Keeps a transfer unless a newer one of the route is known, or the same one as ended. */
  async note(route: string, { id, state, requestedAt, finishedAt }: LastTransfer): Promise<void> {
    const given = { id, state, requestedAt, finishedAt };
    await this.#blobs.update(blobOf(route), pointerSchema, (known) =>
      known && supersedes(known, given) ? known : given,
    );
  }

  /** Forgets a transfer that is deleted; the newest of the route that the index has takes its place. */
  async forget(route: string, id: string, index: TransferIndex): Promise<void> {
    if ((await this.read(route))?.id !== id) return;
    const older = await newestOf(route, index);
    await this.#blobs.update(blobOf(route), pointerSchema, (known) => (known?.id === id ? older : (known ?? null)));
  }
}

function supersedes(known: LastTransfer, given: LastTransfer): boolean {
  const newerByMs = Date.parse(known.requestedAt) - Date.parse(given.requestedAt);
  return newerByMs > 0 || (newerByMs === 0 && known.finishedAt !== null && given.finishedAt === null);
}

async function newestOf(route: string, index: TransferIndex): Promise<LastTransfer | null> {
  for await (const { id, requestedAt, marks } of index.list()) {
    if (marks?.route !== route) continue;
    const { state = 'Running' as const, finishedAt = null } = marks.end ?? {};
    return { id, state, requestedAt, finishedAt };
  }
  return null;
}
