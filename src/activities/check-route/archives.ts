import type { BlobEntry } from '../../azure/blobs/storage.ts';
import { type ArchiveFacts, judgeArchives } from '../../domain/checks/archive-checks.ts';
import type { Check } from '../../domain/checks/check.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { has } from '../../domain/checks/pipeline-checks.ts';
import { CLAIM_KEY } from '../../domain/import/auto-import.ts';
import { parseArchiveName } from '../../domain/names.ts';
import { mapBounded } from '../../oci/parallel.ts';
import { type Look, look, type Place } from './look.ts';
import type { PipelineView } from './pipeline.ts';

/** A check answers in seconds: of a fuller container it sees the first by name. */
const MAX_ARCHIVES = 1000;
const PARALLEL_LOOKUPS = 8;

/** The archives in the target container. None where the container cannot be listed: its own check says that. */
export async function checkArchives(place: Place, pipeline: Look<PipelineView | undefined>): Promise<Check[]> {
  const view = pipeline.ok ? pipeline.value : undefined;
  if (place.side !== 'target' || !view) return [];
  const exists = await look(() => place.own.container.exists());
  if (!exists.ok || !exists.value) return [];
  const archives = await look(() => readArchives(place));
  if (!archives.ok) return [failedLook('target', `container ${place.own.settings.container}`, archives.failure)];
  const deletesSource = has(view.options, 'DeleteSourceBlobOnSuccess');
  return judgeArchives({ archives: archives.value, deletesSource, now: place.now });
}

async function readArchives({ services, own }: Place): Promise<ArchiveFacts[]> {
  const blobs: BlobEntry[] = [];
  for await (const blob of own.container.list()) {
    blobs.push(blob);
    if (blobs.length === MAX_ARCHIVES) break;
  }
  const ids = [...new Set(blobs.map(({ name }) => parseArchiveName(name)?.id).filter((id) => id !== undefined))];
  const recorded = new Set<string>();
  await mapBounded(ids, PARALLEL_LOOKUPS, async (id) => {
    if (await services.transfers.readRequest(id)) recorded.add(id);
  });
  return blobs.map((blob) => toFacts(blob, recorded));
}

function toFacts({ name, lastModified, contentMd5, metadata }: BlobEntry, recorded: Set<string>): ArchiveFacts {
  const isOwn = CLAIM_KEY in metadata || recorded.has(parseArchiveName(name)?.id ?? '');
  return { name, lastModified, hasMd5: contentMd5 !== undefined, metadata, isOwn };
}
