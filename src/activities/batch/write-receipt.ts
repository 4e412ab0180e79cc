import type { BlobProperties } from '../../azure/blobs/storage.ts';
import { parseArtifact } from '../../domain/artifact.ts';
import type { BatchRecord } from '../../domain/batch/batch-record.ts';
import { TransferError, toFailure } from '../../domain/errors.ts';
import { buildReceipt, formatReceipt, leavesNothingOut } from '../../domain/receipt/build-receipt.ts';
import { receiptNames } from '../../domain/receipt/receipt.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import { mapBounded } from '../../oci/parallel.ts';
import { type Activity, required } from '../activity.ts';
import { exportedArchive } from '../copy/exported-archive.ts';
import { type Part, readPart } from '../part.ts';
import type { Services } from '../services.ts';
import { hasOption, readSidePipeline } from '../side-pipeline.ts';

const PARALLEL_LOOKUPS = 8;

/**
 * Writes the receipt of an exported archive, signed where the route names a key, before anybody can find the archive in
 * the target: to the source's account, and to the target's where another app imports from there. Where receipts are
 * optional, what is refused is noted and left, but never the one that a hand-over waits for. Twice: the same text again.
 */
export const writeReceipt: Activity<'writeReceipt'> = async (services, { transfer, path, archive }) => {
  const part = await readPart(services, { transfer, path });
  const route = services.route(part.plan.route);
  const exported = await exportedArchive(services, route, archive);
  const receipt = await putReceipt(services, route, archive, () =>
    compose(services, route, { ...part, transfer }, archive, exported),
  );
  await services.transfers.updateBatch(transfer, path, (record) => ({
    ...record,
    archive: { name: archive, bytes: exported.sizeBytes },
    receipt,
  }));
  return null;
};

type View = NonNullable<BatchRecord['receipt']>;

async function putReceipt(
  services: Services,
  route: Route,
  archive: string,
  makeText: () => Promise<string>,
): Promise<View> {
  const name = receiptNames.receipt(archive);
  const source = required(services.receipts(route, 'source'), `source of route ${route.name}`);
  const isHandedOver = !isServed(route, 'target');
  const isOptional = route.receipts === 'optional';
  const view: View = { url: source.urlOf(name), signature: null, error: null };
  await unlessOptional(view, isOptional && !isHandedOver, async () => {
    const text = await makeText();
    const signature = (await services.signer(route, 'source')?.sign(text)) ?? null;
    await source.write(name, text, signature);
    if (signature !== null) view.signature = source.urlOf(receiptNames.signature(name));
    const target = isHandedOver ? services.receipts(route, 'target') : undefined;
    if (target) await unlessOptional(view, isOptional, () => target.write(name, text, signature));
  });
  return view;
}

/** Notes what was refused where that is no fault; what may pass by itself is tried again by who called. */
async function unlessOptional(view: View, isOptional: boolean, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isOptional || !(error instanceof TransferError) || error.class === 'transient') throw error;
    view.error = toFailure(error);
  }
}

async function compose(
  services: Services,
  route: Route,
  { transfer, record, open }: Pick<Part, 'record' | 'open'> & { transfer: string },
  archive: string,
  { sizeBytes, contentMd5, lastModified }: BlobProperties,
): Promise<string> {
  const { options } = await readSidePipeline(services, route, 'source');
  const continuesOnErrors = hasOption(options, 'ContinueOnErrors');
  const run = { saidError: record.export?.error !== null, continuesOnErrors };
  const looks = leavesNothingOut(run, open.length);
  return formatReceipt(
    buildReceipt({
      transfer,
      route: route.name,
      batch: record.path,
      archive: { name: archive, bytes: sizeBytes, md5: contentMd5 ?? null },
      catalogDigest: record.export?.catalogDigest ?? null,
      exportedAt: record.export?.finishedAt ?? lastModified,
      artifacts: open,
      changed: looks ? await findChanged(services, route, open) : new Set(),
      run,
    }),
  );
}

/** A tag that moved while the run went on may have been exported before or after. A digest names one thing only. */
async function findChanged(services: Services, route: Route, open: Part['open']): Promise<Set<string>> {
  const registry = await services.side(route, 'source').registry();
  const changed = await mapBounded(open, PARALLEL_LOOKUPS, async ({ artifact, digest }) => {
    const parsed = parseArtifact(artifact);
    if ('fault' in parsed || !('tag' in parsed.artifact)) return [];
    const { repository, tag } = parsed.artifact;
    return (await registry.resolve(repository, tag))?.digest === digest ? [] : [artifact];
  });
  return new Set(changed.flat());
}
