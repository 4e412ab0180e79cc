import { readFile } from 'node:fs/promises';
import { readBody, sendJson } from '../../../../local/http.ts';
import { type ObservedServer, send, startObserved } from './observed-server.ts';

let observed: ObservedServer;
const token = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

beforeEach(async () => {
  observed = await startObserved('blob', async (request, response) => {
    const body = await readBody(request);
    sendJson(response, 201, { length: body.length }, { 'x-ms-request-id': 'r-1' });
  });
});
afterEach(() => observed.stop());

const last = () => observed.journal.find().value.at(-1);

describe('the record of a call', () => {
  it('says what was called by whom, and what came of it', async () => {
    const headers = { authorization: `Bearer ${token({ oid: 'someone' })}`, 'x-ms-client-request-id': 'c-1' };
    const path = '/transfer/archive.tar?comp=block&blockid=AAA';
    await send(observed, { method: 'PUT', path, headers: { ...headers, host: 'Store.test:1' }, body: 'ten bytes!' });
    expect(last()).toEqual({
      n: 1,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'blob',
      host: 'store.test:1',
      method: 'PUT',
      path: '/transfer/archive.tar',
      query: '?comp=block&blockid=***',
      operation: 'PutBlock',
      identity: 'someone',
      status: 201,
      requestBytes: 10,
      responseBytes: '{"length":10}'.length,
      durationMs: expect.any(Number),
      requestId: 'r-1',
      clientRequestId: 'c-1',
    });
  });

  it('has none of the secrets that a call carries', async () => {
    const sas = 'sv=2021-12-02&sr=c&sp=r&skoid=signer&sig=SECRET1%3D';
    const source = `https://a.blob.source.test/c/b?${sas}`;
    await send(observed, { path: `/c/b?${sas}`, headers: { 'x-ms-copy-source': source } });
    await send(observed, { headers: { authorization: `Bearer ${token({ oid: 'me' })}SECRET2` } });
    await send(observed, { headers: { authorization: 'SharedKey store:SECRET3=' } });
    await send(observed, { headers: { authorization: `Basic ${Buffer.from('admin:SECRET4').toString('base64')}` } });
    await send(observed, { headers: { 'x-identity-header': 'header-secret' } });
    await observed.journal.close();
    const text = await readFile(observed.path, 'utf8');
    expect(text.split('\n')).toHaveLength(6);
    for (const secret of ['SECRET', 'header-secret', Buffer.from('admin:SECRET4').toString('base64')]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('"copySource":"https://a.blob.source.test/c/b?sv=***');
  });

  it.each([
    [{}, 'anonymous'],
    [{ authorization: `Bearer ${token({ oid: 'me' })}` }, 'me'],
    [{ authorization: 'Bearer nonsense' }, 'unknown'],
    [{ authorization: 'SharedKey store:c2ln' }, 'key:store'],
    [{ authorization: `Basic ${Buffer.from('admin:password').toString('base64')}` }, 'admin'],
    [
      {
        authorization: `Basic ${Buffer.from(`00000000-0000-0000-0000-000000000000:${token({ oid: 'me' })}`).toString('base64')}`,
      },
      'me',
    ],
    [{ 'x-identity-header': 'header-secret' }, 'app-object-id'],
    [{ 'x-identity-header': 'guess' }, 'unknown'],
  ])('of one with %j is that of %s', async (headers, identity) => {
    await send(observed, { headers: headers as Record<string, string> });
    expect(last()?.identity).toBe(identity);
  });

  it.each([
    ['sv=1&sr=c&skoid=signer&sig=x', 'sas:delegation:signer'],
    ['sv=1&sr=c&sig=x', 'sas:service'],
    ['sv=1&ss=b&srt=o&sig=x', 'sas:account'],
  ])('of one with the SAS token %s is that of %s', async (sas, identity) => {
    await send(observed, { path: `/c/b?${sas}` });
    expect(last()?.identity).toBe(identity);
  });

  it('of one that the client gave up says so by having no status', async () => {
    const controller = new AbortController();
    observed.faults.add({ fault: { kind: 'hang' } });
    const outcome = send(observed, { signal: controller.signal });
    while (observed.faults.list()[0]?.broken === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    expect((await outcome).error).toBe('ABORT_ERR');
    while (!last()) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(last()).toMatchObject({ status: null, responseBytes: 0, fault: 'f1 hang' });
  });

  it('counts no body for HEAD', async () => {
    await send(observed, { method: 'HEAD' });
    expect(last()).toMatchObject({ method: 'HEAD', status: 201, responseBytes: 0 });
  });
});
