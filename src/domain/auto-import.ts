import type { Route } from './route.ts';

/** What the app does with a blob that landed in an import pipeline's container. */
export type ImportDecision = { import: true } | { import: false; reason: string };

/**
 * The mirror table: with `mirror` the app imports where the pipeline's source trigger is enabled, and leaves the
 * blob where it is disabled; `always` imports, `never` leaves it to the service. An unknown or absent status counts
 * as enabled, which is the service's default.
 */
export function decideImport(auto: Route['import']['auto'], triggerStatus: string | undefined): ImportDecision {
  if (auto === 'never') return { import: false, reason: 'import.auto of the route is never: the service imports.' };
  if (auto === 'always') return { import: true };
  return triggerStatus?.toLowerCase() === 'disabled'
    ? { import: false, reason: 'The source trigger of the import pipeline is Disabled.' }
    : { import: true };
}

/** Metadata that ACR's own trigger looks for. Removing it is how the app claims a blob. */
export const ARCHIVE_CATEGORY = { key: 'category', value: 'acr-transfer-blob' } as const;

/** Metadata by which a claimed blob names its import. */
export const CLAIM_KEY = 'acrtransferimport';

/** A blob's metadata without the mark that ACR's trigger looks for. */
export function withoutCategory(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key.toLowerCase() !== ARCHIVE_CATEGORY.key));
}
