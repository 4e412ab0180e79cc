import { z } from 'zod';
import { formatPinned, parsePinned } from './pinned.ts';
import { isSelector, leavesOut, parseSelector, type Selector } from './selector.ts';

/** How many artifacts an entry of a list has come to, before what others leave out; `near` for one that came to none. */
const countSchema = z.object({ selector: z.string(), artifacts: z.number(), near: z.array(z.string()) });

/** `selection.json` of a transfer's record: what its selectors stood for when it began, made once. */
export const selectionSchema = z.object({
  selectedAt: z.string(),
  artifacts: z.array(z.string()),
  selectors: z.array(countSchema),
});
export type Selection = z.infer<typeof selectionSchema>;

/**
 * Artifacts of one repository, by the place of the selector in the list. `subject`: they came because they refer to that
 * artifact, which the same selector has brought before them; selections of earlier versions do not say so.
 */
export const selectedSchema = z.array(
  z.object({ entry: z.number(), artifacts: z.array(z.string()), subject: z.string().optional() }),
);
export type Selected = z.infer<typeof selectedSchema>;

/** The selectors of a list by their places. @throws a `TypeError` for an entry that the request's schema refuses */
export function selectorsOf(entries: readonly string[]): { entry: number; selector: Selector }[] {
  return entries.flatMap((text, entry) => {
    if (!isSelector(text)) return [];
    const parsed = parseSelector(text);
    if ('fault' in parsed) throw new TypeError(`${text}: ${parsed.fault}`);
    return [{ entry, selector: parsed.selector }];
  });
}

/** Whether a list's selectors ask for the catalog: one of them names no single repository. */
export function needsCatalog(entries: readonly string[]): boolean {
  return selectorsOf(entries).some(({ selector }) => !selector.excludes && selector.repository === undefined);
}

/** The repositories that some selector means: those of the catalog that fit, and those named, each once. */
export function chooseRepositories(entries: readonly string[], catalog: readonly string[]): string[] {
  const including = selectorsOf(entries).filter(({ selector }) => !selector.excludes);
  const named = including.flatMap(({ selector }) => selector.repository ?? []);
  const fitting = catalog.filter((name) =>
    including.some(({ selector }) => selector.repository === undefined && selector.fits(name)),
  );
  return [...new Set([...named, ...fitting])].sort();
}

/**
 * The artifacts of a list in its order: names as they are, selectors as what they came to, each artifact once, without
 * what `!` leaves out and what came only because it refers to that. A selector that names one artifact which is not
 * there stands for its name, like the name alone. `near` has names that a selector which came to nothing may have meant.
 */
export function joinSelection(
  entries: readonly string[],
  selected: Selected,
  near: ReadonlyMap<string, readonly string[]> = new Map(),
): Omit<Selection, 'selectedAt'> {
  const selectors = selectorsOf(entries);
  const including = selectors.filter(({ selector }) => !selector.excludes);
  const excluding = selectors.map(({ selector }) => selector).filter(({ excludes }) => excludes);
  const isIn = (name: string) => !excluding.some((selector) => isLeftOut(selector, name));
  const found = groupByEntry(selected);
  const meant = new Map(including.map(({ entry, selector }) => [entry, standsFor(selector, found.get(entry), isIn)]));
  const all = entries.flatMap((text, entry) =>
    isSelector(text) ? (meant.get(entry) ?? []) : [canonical(text)].filter(isIn),
  );
  const counts = including.map(({ entry, selector }) => ({
    selector: selector.text,
    artifacts: new Set(found.get(entry)?.flatMap(({ artifacts }) => artifacts)).size,
    near: [...(near.get(selector.text) ?? [])],
  }));
  return { artifacts: onceEach(all), selectors: counts };
}

function groupByEntry(selected: Selected): Map<number, Selected> {
  const groups = new Map<number, Selected>();
  for (const group of selected) {
    const others = groups.get(group.entry);
    if (others) others.push(group);
    else groups.set(group.entry, [group]);
  }
  return groups;
}

/** What of a selector's finds is in; what refers to something that is not goes with it. */
function standsFor(
  { artifact }: Selector,
  groups: Selected | undefined,
  isIn: (name: string) => boolean,
): readonly string[] {
  if (!groups?.some(({ artifacts }) => artifacts.length > 0))
    return artifact === undefined ? [] : [artifact].filter(isIn);
  const kept = new Set<string>();
  for (const { subject, artifacts } of groups) {
    if (subject !== undefined && !kept.has(subject)) continue;
    for (const name of artifacts) if (isIn(name)) kept.add(name);
  }
  return [...kept];
}

function canonical(text: string): string {
  const parsed = parsePinned(text);
  return 'fault' in parsed ? text : formatPinned(parsed.name, parsed.digest);
}

/** Each artifact at its first place; where one of its entries pins its digest, as that one. */
function onceEach(entries: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of entries) {
    const parsed = parsePinned(entry);
    const name = 'fault' in parsed ? entry : parsed.name;
    if (!byName.has(name) || name !== entry) byName.set(name, entry);
  }
  return [...byName.values()];
}

function isLeftOut(selector: Selector, name: string): boolean {
  const parsed = parsePinned(name);
  if ('fault' in parsed) return false;
  const { artifact, digest } = parsed;
  return 'tag' in artifact
    ? leavesOut(selector, artifact.repository, artifact.tag, digest ?? undefined)
    : leavesOut(selector, artifact.repository, undefined, artifact.digest);
}
