import { RECEIPTS_CONTAINER } from '../../src/domain/receipt/receipt.ts';
import type { CarriedFile, CarrierItem } from '../carrier/order.ts';
import { runCarrier } from '../carrier/process.ts';
import { blobServiceUrl, type CloudName, resourcesOf } from '../names.ts';
import type { CloudSide } from './cloud-side.ts';

const STORAGE_AUDIENCE = 'https://storage.azure.com';
/** What ACR's own trigger wants to see on an archive, and what AzCopy is told to write. */
const ARCHIVE_METADATA = { category: 'acr-transfer-blob' };
const ARCHIVES = ['.tar'];
const RECEIPTS = ['.receipt.json', '.receipt.json.jws'];
const IMPORT_RECEIPTS = ['.imported.json', '.imported.json.jws'];

/** Copies what a transfer handed over to the disk, with the rights of the source's platform team. */
export function takeHandedOver(source: CloudSide, disk: string, transfer: string): Promise<CarriedFile[]> {
  return carry('take', source, disk, [
    { container: receiptsUrl('source'), prefix: `${transfer}-`, endings: RECEIPTS },
    { container: resourcesOf('source').containerUrl, prefix: `${transfer}-`, endings: ARCHIVES },
  ]);
}

/**
 * Copies it from the disk into the target, with the rights of its platform team: the receipts first, so that whoever
 * finds an archive finds its receipt too.
 */
export function bringHandedOver(target: CloudSide, disk: string, transfer: string): Promise<CarriedFile[]> {
  return carry('bring', target, disk, [
    { container: receiptsUrl('target'), prefix: `${transfer}-`, endings: RECEIPTS },
    {
      container: resourcesOf('target').containerUrl,
      prefix: `${transfer}-`,
      endings: ARCHIVES,
      metadata: ARCHIVE_METADATA,
    },
  ]);
}

/** Copies the target's receipts to the disk. */
export function takeImportReceipts(target: CloudSide, disk: string, transfer: string): Promise<CarriedFile[]> {
  return carry('take', target, disk, [importReceipts('target', transfer)]);
}

/** Copies them from the disk back to the source. */
export function bringImportReceipts(source: CloudSide, disk: string, transfer: string): Promise<CarriedFile[]> {
  return carry('bring', source, disk, [importReceipts('source', transfer)]);
}

function carry(
  direction: 'take' | 'bring',
  { operator, ports, certificates }: CloudSide,
  disk: string,
  items: CarrierItem[],
): Promise<CarriedFile[]> {
  const order = { direction, disk, token: operator.token(STORAGE_AUDIENCE), items };
  return runCarrier(order, { proxyPort: ports.proxy, caPath: certificates.caPath });
}

function importReceipts(cloud: CloudName, transfer: string): CarrierItem {
  return { container: receiptsUrl(cloud), prefix: `${transfer}-`, endings: IMPORT_RECEIPTS };
}

function receiptsUrl(cloud: CloudName): string {
  return `${blobServiceUrl(resourcesOf(cloud).account)}/${RECEIPTS_CONTAINER}`;
}
