import type { Services } from '../../activities/services.ts';
import type { Fault } from '../../domain/problem.ts';
import { parseArtifactList } from '../../domain/selector.ts';

const FORMS = 'a list of texts, the text of a list (one entry a line, # begins a comment), or { "blob": "{name}" }';
const BLOB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** A request's body in which `artifacts` is a list of entries, whatever form it came in; or what is wrong with it. */
export type Expanded = { body: unknown; lines: readonly number[] | undefined } | { fault: Fault };

/**
 * Takes the list of a request as an array, as the text of a list, or as the name of a list that somebody has put into
 * the app's own state container, under `lists/`: a caller can have nothing else read. `lines` are those of the entries.
 */
export async function expandArtifacts({ transfers }: Services, body: unknown): Promise<Expanded> {
  const given = (body as { artifacts?: unknown } | null)?.artifacts;
  if (typeof given === 'string') return expandText(body, given);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { body, lines: undefined };
  const { blob } = given as { blob?: unknown };
  if (typeof blob !== 'string' || !BLOB_NAME.test(blob)) {
    const found = JSON.stringify(given).slice(0, 120);
    return { fault: { path: 'artifacts', found, allowed: FORMS } };
  }
  const text = await transfers.readList(blob);
  if (text !== undefined) return expandText(body, text);
  return {
    fault: { path: 'artifacts.blob', found: blob, allowed: `a blob that is there: acr-transfer/lists/${blob}` },
  };
}

function expandText(body: unknown, text: string): Expanded {
  const entries = parseArtifactList(text);
  return {
    body: { ...(body as object), artifacts: entries.map((entry) => entry.text) },
    lines: entries.map(({ line }) => line),
  };
}

/** A fault of an entry with the line that it is on, where the list came as text. */
export function nameLine(fault: Fault, lines: readonly number[] | undefined): Fault {
  const [, index] = /^artifacts\[(\d+)\]$/.exec(fault.path) ?? [];
  const line = lines?.[Number(index)];
  return line === undefined ? fault : { ...fault, path: `artifacts, line ${line}` };
}
