import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryEvent } from '../../local/host/durable/history-events.ts';

/** Where histories lie, one folder for each version of the app that wrote them, one file for each. */
export const HISTORIES_DIR = join(import.meta.dirname, 'histories');

/** What an orchestration that has ended left: all that a replay gets, and what has to come of it. */
export interface RecordedHistory {
  orchestrator: string;
  instanceId: string;
  /** Started by another orchestration; `null` otherwise. */
  parentId: string | null;
  status: string;
  input: unknown;
  output: unknown;
  events: HistoryEvent[];
}

/** The histories of every version, by `version/file`. */
export async function readHistories(dir = HISTORIES_DIR): Promise<Map<string, RecordedHistory>> {
  const found = new Map<string, RecordedHistory>();
  const names = await readdir(dir, { recursive: true });
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    found.set(name, JSON.parse(await readFile(join(dir, name), 'utf8')) as RecordedHistory);
  }
  return found;
}

/** Lists the versions that are out, one a line; what they recorded is what running transfers were begun with. */
const RELEASED_FILE = 'released.txt';

/** The versions whose histories are never recorded anew. */
export async function readReleased(dir = HISTORIES_DIR): Promise<string[]> {
  const text = await readFile(join(dir, RELEASED_FILE), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** @throws RangeError for a version that is released */
export async function requireUnreleased(version: string, dir = HISTORIES_DIR): Promise<void> {
  const released = await readReleased(dir);
  if (!released.includes(version)) return;
  const list = released.join(', ');
  throw new RangeError(
    `version ${version} is released (${list}): its histories stay; allowed: another version in package.json`,
  );
}

/**
 * Replaces the histories of a version. @returns the names of the files
 * @throws RangeError for a version that is released, before anything is touched
 */
export async function writeHistories(
  version: string,
  histories: readonly RecordedHistory[],
  dir = HISTORIES_DIR,
): Promise<string[]> {
  await requireUnreleased(version, dir);
  const folder = join(dir, version);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const counts = new Map<string, number>();
  const names: string[] = [];
  for (const history of histories) {
    const count = (counts.get(history.orchestrator) ?? 0) + 1;
    counts.set(history.orchestrator, count);
    names.push(`${history.orchestrator}-${count}.json`);
    await writeFile(join(folder, names.at(-1) ?? ''), formatHistory(history));
  }
  return names;
}

/** JSON with one event a line, so that two recordings can be compared. */
export function formatHistory({ events, ...head }: RecordedHistory): string {
  const lines = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  const last = events.map((event) => `    ${JSON.stringify(event)}`).join(',\n');
  return `{\n${lines.join('\n')}\n  "events": [\n${last}\n  ]\n}\n`;
}

/** An entity's answer comes as an event that has the name of its question: a random id. */
const ANSWER_ID = /^[0-9a-f]{32}$/;

/** One of each kind: of histories that took the same steps with the same kinds of answers, the first. */
export function distinct(histories: readonly RecordedHistory[]): RecordedHistory[] {
  const seen = new Map<string, RecordedHistory>();
  for (const history of histories) {
    const steps = history.events
      .map(({ EventType, Name = '' }) => `${EventType}${Name.replace(ANSWER_ID, '')}`)
      .join(' ');
    const key = `${history.orchestrator} ${history.status} ${steps}`;
    if (!seen.has(key)) seen.set(key, history);
  }
  return [...seen.values()];
}
