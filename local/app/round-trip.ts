import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportDocument } from '../../src/domain/import/import-document.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import type { CarriedFile } from '../carrier/order.ts';
import { bringHandedOver, bringImportReceipts, takeHandedOver, takeImportReceipts } from './carry.ts';
import { followImports } from './imports.ts';
import { followTransfer, postTransfer } from './transfers.ts';
import type { TwoSided } from './two-sided.ts';

/** What became of a transfer on both sides, and what was carried between them. */
export interface RoundTrip {
  source: { transfer: TransferDocument };
  disk: { folder: string; toTarget: CarriedFile[]; toSource: CarriedFile[] };
  target: { imports: ImportDocument[] };
}

const POLL_MS = 500;

/** Has the source's app export artifacts; ends when they are handed over, or when the transfer has failed. */
export async function handOver(
  sides: TwoSided,
  artifacts: readonly string[],
  say: (line: string) => void,
): Promise<TransferDocument> {
  const { address } = sides.side('source');
  const { id } = await postTransfer(address, { route: sides.route, artifacts });
  say(`source: transfer ${id} of ${artifacts.length} artifacts`);
  return followTransfer(address, id, ({ state }) => say(`source: ${state}`));
}

/** Copies what a transfer handed over to the disk. Only the source's side need be up. */
export function load(sides: TwoSided, transfer: string): Promise<CarriedFile[]> {
  return takeHandedOver(sides.side('source').cloud, sides.disk, transfer);
}

/** Copies it from the disk into the target, and waits for its imports to end. Only the target's side need be up. */
export async function unload(
  sides: TwoSided,
  transfer: string,
  say: (line: string) => void,
): Promise<{ brought: CarriedFile[]; imports: ImportDocument[] }> {
  const { cloud, address } = sides.side('target');
  const brought = await bringHandedOver(cloud, sides.disk, transfer);
  const archives = brought.map(({ name }) => name).filter((name) => name.endsWith('.tar'));
  const states = (imports: readonly ImportDocument[]) => imports.map(({ state }) => state).join(', ') || 'waiting';
  const imports = await followImports(address, archives, (found) => say(`target: imports ${states(found)}`));
  return { brought, imports };
}

/** Copies the target's receipts to the disk. Only the target's side need be up. */
export function loadReceipts(sides: TwoSided, transfer: string): Promise<CarriedFile[]> {
  return takeImportReceipts(sides.side('target').cloud, sides.disk, transfer);
}

/** Copies them from the disk back, and waits until the source's transfer is final. Only the source's side need be up. */
export async function unloadReceipts(sides: TwoSided, transfer: string): Promise<TransferDocument> {
  const { cloud, address } = sides.side('source');
  await bringImportReceipts(cloud, sides.disk, transfer);
  for (;;) {
    const document = await followTransfer(address, transfer, () => {});
    if (document.state !== 'HandedOver') return document;
    await sleep(POLL_MS);
  }
}

/** The whole way: handed over, carried, imported, and the receipts carried back. */
export async function makeRoundTrip(
  sides: TwoSided,
  artifacts: readonly string[],
  say: (line: string) => void,
): Promise<RoundTrip> {
  const handedOver = await handOver(sides, artifacts, say);
  const folder = sides.disk;
  if (handedOver.state !== 'HandedOver') {
    const disk = { folder, toTarget: [], toSource: [] };
    return { source: { transfer: handedOver }, disk, target: { imports: [] } };
  }
  const { id } = handedOver;
  await load(sides, id);
  say(`disk: ${folder} is loaded in the source`);
  const { brought, imports } = await unload(sides, id, say);
  const toSource = await loadReceipts(sides, id);
  say(`disk: ${toSource.length} receipts go back`);
  const transfer = await unloadReceipts(sides, id);
  return { source: { transfer }, disk: { folder, toTarget: brought, toSource }, target: { imports } };
}
