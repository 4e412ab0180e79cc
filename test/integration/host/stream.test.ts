import { once } from 'node:events';
import { request as openRequest } from 'node:http';
import { FUNCTION_KEY, HostUnderTest } from './host-under-test.ts';

describe('an app that streams HTTP', () => {
  const host = new HostUnderTest('streams');
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  it('answers while the request still comes in', async () => {
    const request = openRequest(host.url('/api/echo'), { method: 'POST' });
    request.write('first');
    const [response] = await once(request, 'response');
    const chunks = response[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('first');
    request.end('second');
    expect(String((await chunks.next()).value)).toBe('second');
    expect((await chunks.next()).done).toBe(true);
  });

  it('takes bodies that the runtime would not keep in memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const request = openRequest(host.url('/api/count'), { method: 'POST' });
    const answered = once(request, 'response');
    for (let index = 0; index < 120; index++) if (!request.write(chunk)) await once(request, 'drain');
    request.end();
    const [response] = await answered;
    let text = '';
    for await (const part of response) text += part;
    expect(JSON.parse(text)).toEqual({ size: 120 * 1024 * 1024 });
  });

  it('gets address, parameters, query and headers, and answers with status and cookies', async () => {
    const init = { method: 'POST', headers: { 'x-mine': 'yes', 'x-functions-key': FUNCTION_KEY }, body: 'x' };
    const answer = await host.call('/api/seen/a%20name?q=1&q=2', init);
    expect(answer).toMatchObject({
      status: 201,
      json: { params: { name: 'a name' }, query: ['1', '2'], header: 'yes' },
    });
    expect((answer.json as { url: string }).url).toBe(host.url('/api/seen/a%20name?q=1&q=2'));
    expect(answer.headers.get('set-cookie')).toContain('c=1');
    expect(answer.headers.get('x-ms-invocation-id')).toBeNull();
    expect((await host.call('/api/seen/a', { method: 'POST' })).status).toBe(401);
  });

  it('answers 204 for nothing, 500 for an error, and cuts an answer that breaks', async () => {
    expect(await host.call('/api/nothing')).toMatchObject({ status: 204, text: '' });
    expect(await host.call('/api/throws', { method: 'POST', body: 'x' })).toMatchObject({ status: 500, text: '' });
    const breaking = await fetch(host.url('/api/breaks'));
    await host.call('/api/breakNow');
    await expect(breaking.text()).rejects.toThrow();
    expect(await host.call('/api/unread', { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) })).toMatchObject({
      status: 200,
      text: 'no thanks',
    });
  });
});
