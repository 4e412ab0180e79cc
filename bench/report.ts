import { cpus, loadavg, totalmem } from 'node:os';

/** One figure. `ratio` is against `peer`, measured in the same run. */
export interface Figure {
  what: string;
  /** With its unit. */
  value: string;
  ratio?: number;
  peer?: string;
}

/** Something that is measured, under the name that it is asked for by. */
export interface Bench {
  name: string;
  title: string;
  /** What it does and against what, in one or two sentences. */
  how: string;
  run(log: (line: string) => void): Promise<Figure[]>;
}

export const MIB = 1024 * 1024;

export function formatBytes(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

export function formatRate(bytes: number, ms: number): string {
  return `${Math.round(bytes / MIB / (ms / 1000))} MiB/s`;
}

export function formatMs(ms: number): string {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}

/** The figures of a bench as a part of docs/performance.md. */
export function formatBench({ name, title, how }: Bench, figures: readonly Figure[], at: Date): string {
  const rows = figures.map(({ what, value, ratio, peer }) => {
    const against = ratio === undefined ? '' : `${ratio.toFixed(2)} × ${peer ?? ''}`;
    return `| ${what} | ${value} | ${against} |`;
  });
  const head = `## ${title}\n\n<!-- bench:${name} -->\n\n${how}\n\n| what | measured | against |\n|---|---|---|\n`;
  return `${head}${rows.join('\n')}\n\nMeasured ${at.toISOString().slice(0, 10)} on ${describeMachine()}.\n`;
}

/** The machine, and how many programs wanted a processor in the last 5 minutes: what else it did, and the bench itself. */
export function describeMachine(): string {
  const [first] = cpus();
  const load = `load average ${(loadavg()[1] ?? 0).toFixed(0)}`;
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${formatBytes(totalmem())}, Node ${process.versions.node}, ${load}`;
}

/** The document with the part of a bench put in, or put in place of its older one. */
export function replacePart(document: string, name: string, part: string): string {
  const parts = document.split(/^(?=## )/m);
  const index = parts.findIndex((text) => text.includes(`<!-- bench:${name} -->`));
  if (index < 0) parts.push(part);
  else parts[index] = part;
  return `${parts.map((text) => text.trimEnd()).join('\n\n')}\n`;
}
