import { HostUnderTest, MASTER_KEY } from './host-under-test.ts';

interface Note {
  event: { subject: string };
  hub: string;
}

describe('an Event Grid trigger', () => {
  const host = new HostUnderTest('event-grid');
  let key: string;
  const notes = () => host.notes().map((line) => JSON.parse(line) as Note);

  beforeAll(async () => {
    await host.start();
    const shown = await host.call(`/admin/host/systemkeys/eventgrid_extension?code=${MASTER_KEY}`);
    key = (shown.json as { value: string }).value;
  });
  afterAll(() => host.dispose());

  function post(body: unknown, more: { type?: string; functionName?: string; code?: string } = {}) {
    const { type = 'Notification', functionName = 'hears', code = key } = more;
    return host.call(`/runtime/webhooks/eventgrid?${new URLSearchParams({ functionName, code })}`, {
      method: 'POST',
      headers: { 'aeg-event-type': type, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  const event = (subject: string) => ({ id: '1', topic: '/t', subject, eventType: 'e', data: { some: subject } });

  it('takes calls with the key of its extension or the master key only', async () => {
    expect((await post([], { code: 'wrong' })).status).toBe(401);
    expect((await post([], { code: MASTER_KEY })).status).toBe(202);
    expect((await host.call('/runtime/webhooks/eventgrid?functionName=hears', { method: 'POST' })).status).toBe(401);
  });

  it('proves itself to a new subscription, and accepts the end of one', async () => {
    const answer = await post([{ data: { validationCode: 'code-1' } }], { type: 'SubscriptionValidation' });
    expect(answer).toMatchObject({ status: 200, json: { validationResponse: 'code-1' } });
    expect((await post('{}', { type: 'Unsubscribe' })).status).toBe(202);
  });

  it('runs its function with each event before it answers, with a durable client', async () => {
    expect((await post([event('one'), event('two')])).status).toBe(202);
    const heard = notes().filter(({ event: { subject } }) => ['one', 'two'].includes(subject));
    expect(heard.map(({ event: found }) => found)).toEqual([event('one'), event('two')]);
    expect(heard[0]?.hub).toBeTruthy();
    expect((await post(event('single'))).status).toBe(202);
    expect(notes().at(-1)?.event.subject).toBe('single');
  });

  it('answers 500 when its function failed for one event, after it has run for all', async () => {
    const { status, text } = await post([event('poison'), event('beside')]);
    expect({ status, text }).toEqual({ status: 500, text: 'Exception while executing function: hears' });
    expect(notes().map(({ event: { subject } }) => subject)).toContain('beside');
  });

  it.each(['none', 'HEARS', 'other', ''])('answers 404 for %j, which is no such function', async (functionName) => {
    const { status, text } = await post([event('lost')], { functionName });
    expect({ status, text }).toEqual({ status: 404, text: `cannot find function: '${functionName}'` });
  });

  it.each([
    ['no JSON', '[', 'Notification'],
    ['an event that is no object', [1], 'Notification'],
    ['another event type', [], 'Other'],
  ])('answers 400 for %s', async (_name, body, type) => {
    expect((await post(body, { type })).status).toBe(400);
  });
});
