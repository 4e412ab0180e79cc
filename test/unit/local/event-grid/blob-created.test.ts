import { formatBlobCreated } from '../../../../local/event-grid/blob-created.ts';
import { disturbanceSchema, planDeliveries } from '../../../../local/event-grid/disturbance.ts';
import { parseBlobEvents } from '../../../../local/host/blob/blob-events.ts';
import { storageAccountId } from '../../../../local/names.ts';

const BLOB = {
  account: 'tgtstore',
  container: 'transfer',
  blob: 'by folder/a#1.tar',
  api: 'PutBlockList',
  etag: '"0x8D4"',
  contentType: 'application/octet-stream',
  contentLength: 524_288,
  blobType: 'BlockBlob',
  requestId: '831e1650-001e-001b-66ab-eeb76e000000',
  clientRequestId: 'mine',
} as const;

describe('formatBlobCreated', () => {
  it('has the fields of the service', () => {
    expect(formatBlobCreated(BLOB)).toEqual({
      topic: storageAccountId('tgtstore'),
      subject: '/blobServices/default/containers/transfer/blobs/by folder/a#1.tar',
      eventType: 'Microsoft.Storage.BlobCreated',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      id: expect.stringMatching(/^831e1650-001e-001b-66ab-[0-9a-f]{12}$/),
      data: {
        api: 'PutBlockList',
        clientRequestId: 'mine',
        requestId: BLOB.requestId,
        eTag: '0x8D4',
        contentType: 'application/octet-stream',
        contentLength: 524_288,
        blobType: 'BlockBlob',
        url: 'https://tgtstore.blob.target.test/transfer/by%20folder/a%231.tar',
        sequencer: expect.stringMatching(/^[0-9a-f]{48}$/),
        storageDiagnostics: { batchId: expect.any(String) },
      },
      dataVersion: '',
      metadataVersion: '1',
    });
  });

  it('is understood by the host', () => {
    expect(parseBlobEvents(JSON.stringify([formatBlobCreated(BLOB)]))).toEqual([
      { container: 'transfer', blobName: 'by folder/a#1.tar', etag: '"0x8D4"', blobType: 'BlockBlob' },
    ]);
  });

  it('orders the events by their sequencer, compared as text', () => {
    const sequencers = Array.from({ length: 100 }, () => String(formatBlobCreated(BLOB).data.sequencer));
    expect([...sequencers].sort()).toEqual(sequencers);
    expect(new Set(sequencers).size).toBe(100);
  });
});

describe('planDeliveries', () => {
  const plan = (disturbance: object, count = 200) => {
    const next = planDeliveries(disturbanceSchema.parse(disturbance));
    return Array.from({ length: count }, next);
  };

  it('delivers once and at once by default', () => {
    expect(new Set(plan({}).map(String))).toEqual(new Set(['0']));
  });

  it('doubles the share that it is told, and delays within the limit', () => {
    expect(plan({ duplicateRate: 1 }).every((delays) => delays.length === 2)).toBe(true);
    const some = plan({ duplicateRate: 0.3, maxDelayMs: 50 });
    const doubled = some.filter(({ length }) => length === 2).length;
    expect(doubled).toBeGreaterThan(30);
    expect(doubled).toBeLessThan(90);
    expect(Math.max(...some.flat())).toBeLessThanOrEqual(50);
    expect(new Set(some.flat()).size).toBeGreaterThan(20);
  });

  it('is the same for the same seed, and another for another', () => {
    const disturbance = { duplicateRate: 0.5, maxDelayMs: 1000 };
    expect(plan({ ...disturbance, seed: 5 })).toEqual(plan({ ...disturbance, seed: 5 }));
    expect(plan({ ...disturbance, seed: 5 })).not.toEqual(plan({ ...disturbance, seed: 6 }));
  });
});
