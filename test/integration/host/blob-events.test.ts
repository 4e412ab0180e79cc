import { BlobAccount } from './blob-account.ts';
import { eventually, HostUnderTest, MASTER_KEY } from './host-under-test.ts';

interface Note {
  blob: unknown;
  metadata: Record<string, unknown>;
}

interface SystemKey {
  name: string;
  value: string;
}

const FUNCTION = 'Host.Functions.told';

describe('a blob trigger with source EventGrid', () => {
  const account = new BlobAccount();
  let host: HostUnderTest;
  let key: string;
  const notes = () => host.notes().map((line) => JSON.parse(line) as Note);
  const runsOf = (name: string) => notes().filter(({ metadata }) => metadata.name === name);
  const untilRuns = (name: string, count: number) =>
    eventually(() => (runsOf(name).length >= count ? runsOf(name) : undefined));

  beforeAll(async () => {
    const settings = { ...(await account.start()), LOCAL_HOST_BLOB_POLL_MS: '20', LOCAL_HOST_LOG: 'debug' };
    host = new HostUnderTest('blobs', settings);
    await Promise.all(['told', 'landing'].map((name) => account.client().getContainerClient(name).create()));
    await host.start();
    key = ((await systemKeys(MASTER_KEY, '/blobs_extension')).json as SystemKey).value;
  });
  afterAll(async () => {
    await host.dispose();
    await account.stop();
  });

  const systemKeys = (code: string, path = '') => host.call(`/admin/host/systemkeys${path}?code=${code}`);

  async function upload(path: string, text = 'one'): Promise<void> {
    const [container = '', ...blob] = path.split('/');
    await account.client().getContainerClient(container).uploadBlockBlob(blob.join('/'), text, text.length);
  }

  function eventOf(path: string, more: object = {}) {
    const data = {
      api: 'PutBlob',
      eTag: '0x1',
      blobType: 'BlockBlob',
      url: `${account.client().url.replace(/\/$/, '')}/${path}`,
    };
    return { id: '1', eventType: 'Microsoft.Storage.BlobCreated', subject: '', ...more, data };
  }

  async function post(
    body: unknown,
    { type = 'Notification', functionName = FUNCTION, code = key }: Partial<Record<string, string>> = {},
  ) {
    const query = new URLSearchParams({ functionName, code });
    return host.call(`/runtime/webhooks/blobs?${query}`, {
      method: 'POST',
      headers: { 'aeg-event-type': type, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  it('takes calls with the key of the extension or the master key only, which the master key shows', async () => {
    expect((await post([], { code: 'wrong' })).status).toBe(401);
    expect((await host.call('/runtime/webhooks/blobs', { method: 'POST', body: '[]' })).status).toBe(401);
    expect((await post([], { code: MASTER_KEY })).status).toBe(202);
    expect((await systemKeys(key)).status).toBe(401);
    expect((await systemKeys(MASTER_KEY, '/none')).status).toBe(404);
    const { keys } = (await systemKeys(MASTER_KEY)).json as { keys: SystemKey[] };
    expect(keys.map(({ name }) => name)).toEqual(['blobs_extension', 'durabletask_extension', 'eventgrid_extension']);
  });

  it('proves itself to a new subscription', async () => {
    const answer = await post([{ data: { validationCode: 'code-1' } }], { type: 'SubscriptionValidation' });
    expect(answer).toMatchObject({ status: 200, json: { validationResponse: 'code-1' } });
  });

  it('runs for a blob that an event names, with names and properties, and is not polled', async () => {
    await upload('told/drop/unsaid.tar');
    await upload('told/drop/first.tar', 'three');
    expect((await post([eventOf('told/drop/first.tar')])).status).toBe(202);
    const [note] = await untilRuns('first', 1);
    expect(note?.blob).toEqual({ Connection: 'Store', ContainerName: 'told', BlobName: 'drop/first.tar' });
    expect(note?.metadata).toMatchObject({
      blobTrigger: 'told/drop/first.tar',
      properties: { eTag: expect.stringMatching(/^"0x/), length: 5, contentMD5: expect.any(String) },
      name: 'first',
    });
    // The other trigger is polled in between: it would have seen a blob of its own container.
    await upload('landing/drop/polled.tar');
    await untilRuns('polled', 1);
    expect(runsOf('unsaid')).toEqual([]);
  });

  it('gets the text of a blob where it asks for a string, as JSON where it is JSON', async () => {
    await upload('told/text/plain.json', 'not JSON');
    await upload('told/text/parsed.json', '{"a":[1]}');
    const events = ['plain', 'parsed'].map((name) => eventOf(`told/text/${name}.json`));
    await post(events, { functionName: 'Host.Functions.text' });
    expect((await untilRuns('plain', 1))[0]?.blob).toBe('not JSON');
    expect((await untilRuns('parsed', 1))[0]).toMatchObject({ blob: { a: [1] }, metadata: { name: 'parsed' } });
  });

  it('runs for each event of a batch and for a CloudEvent, twice for one that comes twice', async () => {
    await upload('told/drop/twice.tar');
    await upload('told/drop/cloud.tar');
    await post([eventOf('told/drop/twice.tar'), eventOf('told/drop/twice.tar')]);
    await post({ specversion: '1.0', type: 'Microsoft.Storage.BlobCreated', ...eventOf('told/drop/cloud.tar') });
    await untilRuns('twice', 2);
    await untilRuns('cloud', 1);
    expect([runsOf('twice').length, runsOf('cloud').length]).toEqual([2, 1]);
  });

  it('runs for what an event names, even if its path does not fit', async () => {
    await upload('landing/elsewhere.bin');
    await post([eventOf('landing/elsewhere.bin', { eventType: 'Microsoft.Storage.BlobDeleted' })]);
    const [note] = await eventually(() => {
      const found = notes().filter(({ metadata }) => metadata.blobTrigger === 'landing/elsewhere.bin');
      return found.length > 0 ? found : undefined;
    });
    expect(note?.metadata).not.toHaveProperty('name');
    expect(note?.blob).toMatchObject({ ContainerName: 'landing', BlobName: 'elsewhere.bin' });
  });

  it.each([
    ['a function that does not exist', 'Host.Functions.nobody', /no function Host\.Functions\.nobody/],
    ['a function in another case', 'Host.Functions.TOLD', /no function Host\.Functions\.TOLD/],
    ['a function that is polled', 'Host.Functions.landed', /no function Host\.Functions\.landed/],
    ['a blob that is gone', FUNCTION, /'told\/drop\/gone\.tar' is not processed: the blob is gone/],
  ])('drops an event for %s, which it took with 202', async (_what, functionName, line) => {
    expect((await post([eventOf('told/drop/gone.tar')], { functionName })).status).toBe(202);
    await eventually(() => host.lines.find((text) => line.test(text)));
    expect(runsOf('gone')).toEqual([]);
  });

  it('refuses what is no event with 400', async () => {
    for (const body of ['{', '17', '[{}]', [eventOf('told')]]) expect((await post(body)).status).toBe(400);
    expect((await post([], { type: 'Other' })).status).toBe(400);
  });

  it('is tried five times, then the blob is poison', async () => {
    await upload('told/drop/poison.tar');
    await post([eventOf('told/drop/poison.tar')]);
    await eventually(() => host.lines.find((line) => /'told\/drop\/poison\.tar' is poison after 5 tries/.test(line)));
    expect(runsOf('poison')).toHaveLength(5);
  });

  it('runs what it took with 202 when it was killed before or during the run, and keeps its key', async () => {
    await upload('told/drop/stuck.tar');
    await host.process.kill();
    await host.start({ STUCK: '1' });
    // More than run at once: some are in the middle, the others wait.
    await post(Array.from({ length: 10 }, () => eventOf('told/drop/stuck.tar')));
    await untilRuns('stuck', 8);
    await host.process.kill();
    await host.start();
    await untilRuns('stuck', 18);
    expect((await systemKeys(MASTER_KEY, '/blobs_extension')).json).toMatchObject({ value: key });
  });
});
