import type { ArtifactDocument, TransferDocument } from './transfer-document.ts';

const COLUMNS: readonly [string, (artifact: ArtifactDocument) => string | number | null | undefined][] = [
  ['artifact', ({ artifact }) => artifact],
  ['outcome', ({ outcome }) => outcome],
  ['digest', ({ digest }) => digest],
  ['mediaType', ({ mediaType }) => mediaType],
  ['bytes', ({ bytes }) => bytes],
  ['batch', ({ batch }) => batch],
  ['failedAttempts', ({ attempts }) => attempts.length],
  ['step', ({ attempts }) => attempts.at(-1)?.step],
  ['run', ({ attempts }) => attempts.at(-1)?.run],
  ['class', ({ attempts }) => attempts.at(-1)?.class],
  ['code', ({ attempts }) => attempts.at(-1)?.code],
  ['message', ({ attempts }) => attempts.at(-1)?.message],
  ['correlationId', ({ attempts }) => attempts.at(-1)?.correlationId],
];

/**
 * A report as CSV (RFC 4180): a header, then one record for each artifact; the columns from `step` on tell of its last
 * failed try. A text that a spreadsheet would run as a formula has an apostrophe in front.
 */
export function formatReportCsv({ artifacts = [] }: TransferDocument): string {
  const header = COLUMNS.map(([name]) => name);
  const records = artifacts.map((artifact) => COLUMNS.map(([, read]) => formatCell(read(artifact))));
  return [header, ...records].map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** What spreadsheets take for the begin of a formula, also after blanks and as full-width characters. */
const FORMULA = /^[\s\0]*[=+\-@＝＋－＠]/;
/** A tab or a line break in front lets some programs look for a formula behind it. */
const CONTROL = /^[\t\r\n]/;

function formatCell(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const harmless = FORMULA.test(text) || CONTROL.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
