import type { ImportDocument } from '../domain/import-document.ts';
import { type ImportReceipt, importReceiptSchema, RECEIPT_VERSION, receiptNames } from '../domain/receipt.ts';
import type { Services } from './services.ts';

/**
 * Writes the target's receipt, signed where the route names a key, for the carrier to bring back. Nothing without a
 * receipt of the source: nobody waits for it. Twice: the same again.
 */
export async function writeImportReceipt(services: Services, document: ImportDocument): Promise<void> {
  const receipt = receiptOf(document);
  if (!receipt) return;
  const route = services.route(document.route);
  const text = JSON.stringify(importReceiptSchema.parse(receipt));
  const signature = (await services.signer(route, 'target')?.sign(text)) ?? null;
  await services.receipts(route, 'target')?.write(receiptNames.importReceipt(document.archive.name), text, signature);
}

function receiptOf({ id, archive, receipt, runs, error, artifacts }: ImportDocument): ImportReceipt | undefined {
  if (receipt.state !== 'matched' || receipt.transfer === null || receipt.batch === null) return undefined;
  return {
    version: RECEIPT_VERSION,
    transfer: receipt.transfer,
    batch: receipt.batch,
    archive: { name: archive.name, bytes: archive.bytes ?? 0, md5: archive.md5 },
    id,
    importedAt: runs.at(-1)?.finishedAt ?? new Date().toISOString(),
    error,
    artifacts: artifacts.map(({ artifact, expectedDigest, digest, outcome, error: own }) => ({
      artifact,
      digest: expectedDigest ?? digest ?? '',
      verifiedDigest: digest,
      outcome: outcome ?? 'Failed',
      error: own,
    })),
  };
}
