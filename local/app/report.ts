import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';

/** One line that says how far a transfer is. */
export function describeProgress(document: TransferDocument): string {
  const { counts } = document;
  const settled = counts.total - openCount(document);
  const batches = document.batches.map(describeBatch).join(', ');
  const phase = document.phase ?? document.state;
  return `${phase}: ${settled} of ${counts.total} artifacts settled${batches ? ` · ${batches}` : ''}`;
}

function openCount({ counts: { total, ...outcomes } }: TransferDocument): number {
  return total - Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}

function describeBatch(batch: TransferDocument['batches'][number]): string {
  const run = batch.step === 'Export' ? batch.export : batch.step === 'Import' ? batch.import : null;
  if (run) return `${batch.path} ${batch.step} ${run.percentage ?? 0} %`;
  if (batch.step !== 'Copy' || !batch.copy) return `${batch.path} ${batch.step}`;
  const { bytesCopied, bytesTotal } = batch.copy;
  return `${batch.path} Copy ${formatBytes(bytesCopied)} of ${formatBytes(bytesTotal)}`;
}

/** The report as lines for a person: one for each artifact, then the sum. */
export function describeReport(document: TransferDocument): string[] {
  const artifacts = document.artifacts ?? [];
  const width = Math.max(8, ...artifacts.map(({ artifact }) => artifact.length));
  const lines = artifacts.map(({ artifact, outcome, digest, bytes, attempts }) => {
    const reason = outcome === 'Failed' ? attempts.at(-1) : undefined;
    const size = bytes === null ? '' : formatBytes(bytes);
    const line = `  ${artifact.padEnd(width)}  ${(outcome ?? 'open').padEnd(14)}  ${size.padStart(9)}  ${digest ?? ''}`;
    return reason ? `${line}\n      ${reason.class} ${reason.code}: ${reason.message}` : line;
  });
  const { error, counts, state } = document;
  const sums = Object.entries(counts).filter(([name, count]) => name !== 'total' && count > 0);
  const summary = `${state}: ${sums.map(([name, count]) => `${count} ${name}`).join(', ')} of ${counts.total}`;
  return [...lines, ...(error ? [`  ${error.class} ${error.code}: ${error.message}`] : []), summary];
}

/** Whether every artifact is in the target. */
export function hasArrived({ counts }: TransferDocument): boolean {
  return counts.Transferred + counts.AlreadyPresent === counts.total;
}

/** Bytes in the largest unit that leaves at least 1: `114.2 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
