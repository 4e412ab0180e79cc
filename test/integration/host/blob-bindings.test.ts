import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobAccount } from './blob-account.ts';
import { HostUnderTest } from './host-under-test.ts';

describe('blob inputs and outputs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const account = new BlobAccount();
  let host: HostUnderTest;

  beforeAll(async () => {
    host = new HostUnderTest('backup', { ...(await account.start()), BACKUP_CONTAINER: 'backups' });
    await host.start();
  });
  afterAll(async () => {
    await host.dispose();
    await account.stop();
    rmSync(folder, { recursive: true });
  });

  const textOf = async (container: string, blob: string) =>
    (await account.client().getContainerClient(container).getBlobClient(blob).downloadToBuffer()).toString();

  it('of activities: every file of a folder becomes a blob, in a container that is made for it', async () => {
    for (const name of ['a.txt', 'b.txt', 'c.txt']) writeFileSync(join(folder, name), `text of ${name}`);
    expect(await host.run('backUp', { folder, place: 'daily' })).toBe(39);
    expect(await textOf('backups', 'daily/b.txt')).toBe('text of b.txt');
  });

  it('are read before the function runs; one that is not there is nothing', async () => {
    expect((await host.call('/api/read/daily/a.txt')).json).toEqual({ text: 'text of a.txt' });
    expect((await host.call('/api/read/daily/none.txt')).json).toEqual({ text: null });
  });

  it('are names only where the function asks for a client', async () => {
    expect((await host.call('/api/names?name=some/blob')).json).toEqual({
      Connection: 'Store',
      ContainerName: 'any',
      BlobName: 'some/blob',
    });
  });

  it('are written only when the function sets them', async () => {
    const keep = (body: unknown) => host.call('/api/keep', { method: 'POST', body: JSON.stringify(body) });
    expect((await keep({ id: 'x', keep: true })).status).toBe(201);
    expect(JSON.parse(await textOf('kept', 'x.json'))).toEqual({ id: 'x', keep: true });
    await keep({ id: 'y', keep: false });
    await expect(textOf('kept', 'y.json')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('fail, naming the expression, when the trigger gives no value to it', async () => {
    expect((await host.call('/api/keep', { method: 'POST', body: '{"keep":true}' })).status).toBe(500);
    expect(host.lines.join('\n')).toContain('the trigger gives no value to {id}');
  });
});
