import type { Simulated } from './simulate.ts';

/** A simulated transfer and how many artifacts it was asked to move. */
export interface Sized {
  artifacts: number;
  done: Pick<Simulated, 'cpuSeconds' | 'peakBytes' | 'rows'> & { transferred: number };
}

const MAX_PEAK_BYTES = 400e6;
/** What a transfer needs whatever its size, and for each 1,000 artifacts. */
const MAX_OWN_ROWS = 32;
const MAX_ROWS_PER_THOUSAND = 8;
/** A child asked for and answered, in an episode of its own at worst, which begins and ends; and the segment's own. */
const MAX_SEGMENT_ROWS = 20 * 4 + 4;
const MIN_RATE_OF_SMALLER = 0.7;

/** Artifacts for each second that the host's process had a processor, which other work on the machine does not change. */
export function ratePerCpuSecond({ artifacts, done }: Sized): number {
  return artifacts / done.cpuSeconds;
}

/** What the simulation of transfers of growing size must hold and does not, as sentences with found and allowed. */
export function missedBars(sized: readonly Sized[]): string[] {
  const ascending = [...sized].sort((left, right) => left.artifacts - right.artifacts);
  return ascending.flatMap((one, index) => [
    ...missedAlone(one),
    ...missedBeside(one, index > 0 ? ascending[index - 1] : undefined),
  ]);
}

function missedAlone({ artifacts, done }: Sized): string[] {
  const { rows, peakBytes, transferred } = done;
  const maxTransferRows = MAX_OWN_ROWS + (MAX_ROWS_PER_THOUSAND * artifacts) / 1000;
  const missed: string[] = [];
  const need = (isMet: boolean, text: string) => {
    if (!isMet) missed.push(`${artifacts} artifacts: ${text}`);
  };
  need(transferred === artifacts, `${transferred} are transferred`);
  need(peakBytes < MAX_PEAK_BYTES, `the host had ${Math.round(peakBytes / 1e6)} MB; allowed: under 400`);
  const { most: own = Number.NaN } = rows.transfer ?? {};
  need(own <= maxTransferRows, `the transfer has ${own} rows; allowed: ${maxTransferRows}`);
  const { most: segment = Number.NaN } = rows.segment ?? {};
  need(segment <= MAX_SEGMENT_ROWS, `a segment has ${segment} rows; allowed: ${MAX_SEGMENT_ROWS}`);
  for (const kind of ['batch', 'run']) {
    const { most, least } = rows[kind] ?? {};
    need(most !== undefined && most === least, `a ${kind} has ${least} to ${most} rows; allowed: the same for each`);
  }
  return missed;
}

function missedBeside(one: Sized, smaller: Sized | undefined): string[] {
  if (!smaller) return [];
  const missed = ['batch', 'run'].flatMap((kind) => {
    const [found, before] = [one.done.rows[kind]?.most, smaller.done.rows[kind]?.most];
    const text = `a ${kind} has ${found} rows; allowed: ${before}, as with ${smaller.artifacts}`;
    return found === before ? [] : [`${one.artifacts} artifacts: ${text}`];
  });
  const ratio = ratePerCpuSecond(one) / ratePerCpuSecond(smaller);
  if (ratio >= MIN_RATE_OF_SMALLER) return missed;
  const found = `${ratio.toFixed(2)} of the artifacts a second of ${smaller.artifacts}`;
  return [...missed, `${one.artifacts} artifacts: ${found}; allowed: ${MIN_RATE_OF_SMALLER} or more`];
}
