import { z } from 'zod';

/** What the list of all imports says of one that has ended, once it was looked into, to tell what of it is due. */
export interface ImportMarks {
  route: string;
  /** ISO 8601. */
  finishedAt: string;
  /** The app's own run resources have been deleted. */
  runsRemoved: boolean;
}

const metadataSchema = z.object({
  route: z.string(),
  finishedat: z.iso.datetime(),
  runsremoved: z.literal('yes').optional(),
});

/** Marks as a blob's metadata: names in lower case, values in ASCII, as every storage gives them back. */
export function formatImportMarks({ route, finishedAt, runsRemoved }: ImportMarks): Record<string, string> {
  return { route, finishedat: finishedAt, ...(runsRemoved ? { runsremoved: 'yes' } : {}) };
}

/** The inverse of {@link formatImportMarks}; `undefined` for metadata that holds no marks. */
export function parseImportMarks(metadata: Readonly<Record<string, string>>): ImportMarks | undefined {
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) return undefined;
  const { route, finishedat: finishedAt, runsremoved } = parsed.data;
  return { route, finishedAt, runsRemoved: runsremoved === 'yes' };
}
