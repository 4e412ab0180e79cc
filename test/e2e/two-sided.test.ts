import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { handOver, load, loadReceipts, unload, unloadReceipts } from '../../local/app/round-trip.ts';
import { startTwoSided, type TwoSided } from '../../local/app/two-sided.ts';
import { FREE_PORTS } from '../../local/cloud/ports.ts';
import type { ImportDocument } from '../../src/domain/import/import-document.ts';
import { buildImage, pushImage } from '../support/images.ts';

const image = buildImage({ seed: 71, layerSizes: [90_000] });
const LIMIT_MS = 300_000;

let dir: string;
let sides: TwoSided;
let transfer: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-e2e-'));
  const ports = { source: FREE_PORTS, target: FREE_PORTS };
  sides = await startTwoSided({
    dir,
    appDir: join(import.meta.dirname, '../..'),
    ports,
    storageAccess: 'ManagedIdentity',
  });
}, LIMIT_MS);
afterAll(async () => {
  await sides?.stop();
  if (dir) await rm(dir, { recursive: true, force: true });
}, LIMIT_MS);

/** Everything that the processes of a side have written down, but for what the disk holds. */
async function logsOf(side: string): Promise<string> {
  const folder = join(dir, side, 'logs');
  const files = await readdir(folder);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
}

/** The imports of a transfer's archives in the target, newest first, once one has succeeded. */
async function untilImported(id: string): Promise<ImportDocument[]> {
  const { url, key } = sides.side('target').address;
  for (;;) {
    const answer = await fetch(`${url}/api/imports?state=Succeeded`, { headers: { 'x-functions-key': key } });
    const { value } = (await answer.json()) as { value: ImportDocument[] };
    const found = value.filter(({ archive }) => archive.name.startsWith(id));
    if (found.length > 0) return found;
    await sleep(100);
  }
}

describe('two apps in two clouds that never call each other', () => {
  it(
    'hand over in the source, with the target knowing nothing of it',
    async () => {
      await pushImage(sides.side('source').cloud.registry(), 'two/sided', 'v1', image);
      const document = await handOver(sides, ['two/sided:v1'], () => {});
      expect(document).toMatchObject({ state: 'HandedOver', counts: { total: 1, HandedOver: 1 }, error: null });
      transfer = document.id;
      const taken = await load(sides, transfer);
      const archive = `${transfer}-b0001-a01.tar`;
      const receipt = `${archive}.receipt.json`;
      expect(taken.map(({ name }) => name).sort()).toEqual([archive, receipt, `${receipt}.jws`]);
    },
    LIMIT_MS,
  );

  it(
    'import in the target while no process of the source is there',
    async () => {
      await sides.stopSide('source');
      const { imports } = await unload(sides, transfer, () => {});
      expect(imports).toMatchObject([{ state: 'Succeeded', receipt: { state: 'matched', transfer } }]);
      const arrived = await sides.side('target').cloud.registry().fetchManifest('two/sided', 'v1');
      expect(arrived.descriptor.digest).toBe(image.descriptor.digest);
      const answer = `${transfer}-b0001-a01.tar.imported.json`;
      expect(await loadReceipts(sides, transfer)).toMatchObject([{ name: answer }, { name: `${answer}.jws` }]);
    },
    LIMIT_MS,
  );

  it(
    "end the source's transfer when the target's receipt is back",
    async () => {
      await sides.stopSide('target');
      await sides.startSide('source');
      const document = await unloadReceipts(sides, transfer);
      expect(document).toMatchObject({
        state: 'Succeeded',
        artifacts: [{ outcome: 'Transferred', digest: image.descriptor.digest }],
      });
    },
    LIMIT_MS,
  );

  it(
    'end it as failed, with the reason of the target, when the archive that came is not what the receipt says',
    async () => {
      await sides.startSide('target');
      await pushImage(sides.side('source').cloud.registry(), 'two/cut', 'v1', image);
      const { id } = await handOver(sides, ['two/cut:v1'], () => {});
      await load(sides, id);
      const onDisk = join(sides.disk, `${id}-b0001-a01.tar`);
      const good = await readFile(onDisk);
      await truncate(onDisk, good.length - 1000);
      const refused = await unload(sides, id, () => {});
      const error = { code: 'RECEIPT_MISMATCH' };
      expect(refused.imports).toMatchObject([{ state: 'Failed', runs: [], error, receipt: { state: 'mismatch' } }]);
      await loadReceipts(sides, id);
      const ended = await unloadReceipts(sides, id);
      expect(ended).toMatchObject({
        state: 'Failed',
        counts: { Failed: 1, HandedOver: 0 },
        artifacts: [
          { outcome: 'Failed', attempts: [{ ...error, message: expect.stringContaining(`${good.length}`) }] },
        ],
      });

      await writeFile(onDisk, good);
      await unload(sides, id, () => {});
      const [late] = await untilImported(id);
      expect(late).toMatchObject({ state: 'Succeeded', reason: expect.stringContaining('refused before') });
      await loadReceipts(sides, id);
      expect(await unloadReceipts(sides, id)).toEqual(ended);
    },
    LIMIT_MS,
  );

  it('name nothing of the other side in what they write down', async () => {
    expect(await logsOf('source')).not.toMatch(/[a-z]\.target\.test/);
    expect(await logsOf('target')).not.toMatch(/[a-z]\.source\.test/);
  });
});
