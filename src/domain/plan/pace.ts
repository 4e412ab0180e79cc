import { z } from 'zod';
import type { TransferDocument } from '../transfer/transfer-document.ts';

/** Batches that are remembered of a route. */
export const MAX_SAMPLES = 50;
/** Batches of one transfer that are remembered, so that a large one does not push out all others. */
const SAMPLES_PER_TRANSFER = 10;

/**
 * How long a batch took, from the beginning of its export run to the end of its import run, and what it moved; where
 * another app imports, to its hand-over.
 */
const sampleSchema = z.object({ transfer: z.string(), bytes: z.number(), seconds: z.number() });
export type PaceSample = z.infer<typeof sampleSchema>;

/** `pace/{route}.json`: how fast the last batches of a route were, the newest at the end. */
export const paceSchema = z.object({ samples: z.array(sampleSchema) });
export type Pace = z.infer<typeof paceSchema>;

/** Adds the batches of a transfer that went through. Twice: what is there of this transfer is replaced. */
export function addToPace(pace: Pace | undefined, report: TransferDocument): Pace {
  const others = pace?.samples.filter(({ transfer }) => transfer !== report.id) ?? [];
  const all = report.batches.flatMap((batch) => sampleOf(report.id, batch) ?? []);
  const stride = Math.ceil(all.length / SAMPLES_PER_TRANSFER);
  const kept = all.filter((_, index) => index % stride === 0);
  return { samples: [...others, ...kept].slice(-MAX_SAMPLES) };
}

/** A batch whose runs went through, where the service said when. */
function sampleOf(transfer: string, batch: TransferDocument['batches'][number]): PaceSample | undefined {
  const { export: exported, import: imported, handover, archive } = batch;
  const finishedAt = imported?.status === 'Succeeded' ? imported.finishedAt : imported ? null : handover?.at;
  if (exported?.status !== 'Succeeded' || !archive?.bytes) return undefined;
  const seconds = (Date.parse(finishedAt ?? '') - Date.parse(exported.startedAt ?? '')) / 1000;
  return seconds >= 0 ? { transfer, bytes: archive.bytes, seconds } : undefined;
}

/**
 * Seconds until the last of these batches has arrived, or is handed over, `parallel` of them at a time in their order, by the pace of the
 * route's past batches; `null` where there are none. What comes before the first batch is left out.
 */
export function estimateSeconds(
  pace: Pace | undefined,
  batches: readonly { bytes: number }[],
  parallel: number,
): number | null {
  if (!pace || pace.samples.length === 0) return null;
  const { secondsPerByte, overhead } = learn(pace.samples);
  const lanes: number[] = new Array(parallel).fill(0);
  for (const { bytes } of batches) {
    const free = lanes.indexOf(Math.min(...lanes));
    lanes[free] = (lanes[free] ?? 0) + overhead + bytes * secondsPerByte;
  }
  return Math.round(Math.max(0, ...lanes));
}

/** Overhead of a batch and time for a byte: the medians over all pairs of batches (Theil and Sen), never below nothing. */
function learn(samples: readonly PaceSample[]): { secondsPerByte: number; overhead: number } {
  const slopes = samples.flatMap((a, index) =>
    samples
      .slice(index + 1)
      .filter((b) => b.bytes !== a.bytes)
      .map((b) => (b.seconds - a.seconds) / (b.bytes - a.bytes)),
  );
  const secondsPerByte = slopes.length > 0 ? Math.max(0, median(slopes)) : 0;
  const overhead = median(samples.map(({ bytes, seconds }) => seconds - bytes * secondsPerByte));
  return { secondsPerByte, overhead: Math.max(0, overhead) };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
