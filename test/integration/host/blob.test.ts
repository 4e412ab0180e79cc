import { BlobAccount } from './blob-account.ts';
import { eventually, HostUnderTest } from './host-under-test.ts';

interface Note {
  blob: unknown;
  metadata: Record<string, unknown>;
}

describe('a blob trigger', () => {
  const account = new BlobAccount();
  let host: HostUnderTest;
  const notes = () => host.notes().map((line) => JSON.parse(line) as Note);
  const runsOf = (name: string) => notes().filter(({ metadata }) => metadata.name === name);
  const untilRuns = (name: string, count: number) =>
    eventually(() => (runsOf(name).length >= count ? runsOf(name) : undefined));

  beforeAll(async () => {
    host = new HostUnderTest('blobs', { ...(await account.start()), LOCAL_HOST_BLOB_POLL_MS: '50' });
  });
  afterAll(async () => {
    await host.dispose();
    await account.stop();
  });

  async function upload(name: string, content: string | Buffer): Promise<void> {
    const container = account.client().getContainerClient('landing');
    await container.uploadBlockBlob(name, content, content.length, { metadata: { category: 'test' } });
  }

  it('tells once that its container cannot be listed, and takes the blobs when it can', async () => {
    await host.start();
    const faults = () =>
      host.lines.filter((line) =>
        line.includes("Function.landed: listing container 'landing' failed: ContainerNotFound"),
      );
    await eventually(() => faults()[0]);
    await account.client().getContainerClient('landing').create();
    await upload('drop/first.tar', 'one');
    await untilRuns('first', 1);
    expect(faults()).toHaveLength(1);
  });

  it('gets names and properties with sdkBinding, never bytes', () => {
    const [note] = runsOf('first');
    expect(note?.blob).toEqual({ Connection: 'Store', ContainerName: 'landing', BlobName: 'drop/first.tar' });
    expect(note?.metadata).toMatchObject({
      blobTrigger: 'landing/drop/first.tar',
      uri: expect.stringMatching(/^https:.*\/landing\/drop\/first\.tar$/),
      properties: { eTag: expect.any(String), length: 3, contentMD5: expect.any(String) },
      metadata: { category: 'test' },
      name: 'first',
    });
  });

  it('gets the bytes without sdkBinding, with the same metadata', async () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128]);
    await upload('whole/bytes.bin', bytes);
    await upload('whole/nothing.bin', Buffer.alloc(0));
    const [note] = await untilRuns('bytes', 1);
    expect(note?.blob).toEqual({ isBuffer: true, hex: bytes.toString('hex') });
    expect(note?.metadata).toMatchObject({
      blobTrigger: 'landing/whole/bytes.bin',
      properties: { eTag: expect.any(String), length: bytes.length },
      metadata: { category: 'test' },
      name: 'bytes',
    });
    expect((await untilRuns('nothing', 1))[0]?.blob).toEqual({ isBuffer: true, hex: '' });
  });

  it('runs once for each version of a blob whose name fits, over restarts too', async () => {
    await upload('drop/second.tar', 'one');
    await upload('elsewhere/second.tar', 'one');
    await untilRuns('second', 1);
    await host.process.kill();
    await host.start();
    await upload('drop/second.tar', 'another');
    await untilRuns('second', 2);
    await upload('drop/last.tar', 'one');
    await untilRuns('last', 1);
    expect([runsOf('first').length, runsOf('second').length]).toEqual([1, 2]);
  });

  it('is tried five times, then the blob is poison', async () => {
    await upload('drop/poison.tar', 'one');
    await eventually(() =>
      host.lines.find((line) => /'landing\/drop\/poison\.tar' .* is poison after 5 tries/.test(line)),
    );
    await upload('drop/after.tar', 'one');
    await untilRuns('after', 1);
    expect(runsOf('poison')).toHaveLength(5);
  });
});
