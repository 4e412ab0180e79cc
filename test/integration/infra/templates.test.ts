import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTemplates, describeWithBicep, INFRA } from './bicep.ts';

describeWithBicep('infra/check.sh', () => {
  let copy: string;

  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'infra-'));
    const wanted = (path: string) => !path.startsWith(join(INFRA, 'tools'));
    await cp(INFRA, copy, { recursive: true, filter: wanted });
  });

  afterEach(() => rm(copy, { recursive: true, force: true }));

  async function damage(file: string, good: string, bad: string): Promise<void> {
    const path = join(copy, file);
    const text = await readFile(path, 'utf8');
    expect(text).toContain(good);
    await writeFile(path, text.replace(good, bad));
  }

  it('finds nothing in the templates as they are', async () => {
    const { code, text } = await checkTemplates(copy);
    expect(text).toMatch(/^\d+ Bicep files, no diagnostics\n$/);
    expect(code).toBe(0);
  });

  it('fails for a wrong property, a wrong value, a wrong option and a parameter that nothing uses', async () => {
    await damage('modules/transfer-storage.bicep', 'minimumTlsVersion:', 'minimumTlsVersions:');
    await damage('main.subscriptions.bicep', "'WebHook'", "'WebHooks'");
    await damage('params/target.china.bicepparam', "['Delete", "['OverwriteBlobs', 'Delete");
    await damage('modules/container.bicep', 'resource account', 'param idle string\n\nresource account');
    const { code, text } = await checkTemplates(copy);
    expect(text).toMatch(/transfer-storage\.bicep.*BCP089/);
    expect(text).toMatch(/main\.subscriptions\.bicep.*BCP088/);
    expect(text).toMatch(/target\.china\.bicepparam.*BCP034/);
    expect(text).toMatch(/container\.bicep.*no-unused-params/);
    expect(code).toBe(1);
  });

  it('fails for a folder without templates', async () => {
    expect((await checkTemplates(join(copy, 'hooks'))).code).not.toBe(0);
  });
});
