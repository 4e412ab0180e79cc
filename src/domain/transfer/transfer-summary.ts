import { z } from 'zod';
import { TRANSFER_STATES } from '../outcome.ts';
import { type TransferDocument, transferDocumentSchema } from './transfer-document.ts';

/** A transfer in a list: its document without what grows with its size, or goes on after its end. */
export const transferSummarySchema = transferDocumentSchema.omit({
  artifacts: true,
  batches: true,
  selectors: true,
  webhook: true,
});
export type TransferSummary = z.infer<typeof transferSummarySchema>;

export function summarize({ artifacts, batches, selectors, webhook, ...summary }: TransferDocument): TransferSummary {
  return summary;
}

/** What of a transfer was deleted before the rest. */
export interface Removed {
  archives: boolean;
  runs: boolean;
}

/** What the list of all transfers says of one without a look into it. */
export interface TransferMarks {
  route: string;
  /** `null` while it goes on. `finishedAt` in ISO 8601; `waits`: the other side has yet to say what became of some of it. */
  end: { state: TransferSummary['state']; finishedAt: string; waits: boolean } | null;
  removed: Removed;
}

/** What the list says of a transfer, by its summary. */
export function marksOf({ route, state, finishedAt, counts }: TransferSummary, removed: Removed): TransferMarks {
  const waits = counts.HandedOver > 0;
  return { route, end: finishedAt === null ? null : { state, finishedAt, waits }, removed };
}

const metadataSchema = z.object({
  route: z.string(),
  state: z.enum(TRANSFER_STATES).optional(),
  finishedat: z.iso.datetime().optional(),
  waits: z.literal('yes').optional(),
  removed: z.string().default(''),
});

/** Marks as a blob's metadata: names in lower case, values in ASCII, as every storage gives them back. */
export function formatMarks({ route, end, removed }: TransferMarks): Record<string, string> {
  const gone = [removed.archives ? 'archives' : '', removed.runs ? 'runs' : ''].filter((part) => part !== '');
  return {
    route,
    ...(end ? { state: end.state, finishedat: end.finishedAt } : {}),
    ...(end?.waits ? { waits: 'yes' } : {}),
    ...(gone.length > 0 ? { removed: gone.join(' ') } : {}),
  };
}

/** The inverse of {@link formatMarks}; `undefined` for metadata that holds no marks. */
export function parseMarks(metadata: Readonly<Record<string, string>>): TransferMarks | undefined {
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) return undefined;
  const { route, state, finishedat, waits, removed } = parsed.data;
  const gone = removed.split(' ');
  return {
    route,
    end:
      state !== undefined && finishedat !== undefined
        ? { state, finishedAt: finishedat, waits: waits !== undefined }
        : null,
    removed: { archives: gone.includes('archives'), runs: gone.includes('runs') },
  };
}
