import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const APP_ID = '/subscriptions/s1/resourceGroups/app/providers/Microsoft.Web/sites/app';

describe('infra/hooks/upload-package.sh', () => {
  it('uploads where the app reads its package, restarts the app, and has its triggers read', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'upload-'));
    const log = join(dir, 'az.log');
    await writeFile(
      join(dir, 'az'),
      '#!/bin/sh\necho "$*" >>"$AZ_LOG"\n[ "$1" = cloud ] && echo https://arm.test/\nexit 0\n',
    );
    await chmod(join(dir, 'az'), 0o755);
    const env = {
      ...process.env,
      APP_ID,
      HOST_STORAGE: 'contosohost',
      AZ_LOG: log,
      PATH: `${dir}:${process.env.PATH}`,
    };
    await promisify(execFile)('sh', ['infra/hooks/upload-package.sh'], { env });
    const commands = (await readFile(log, 'utf8')).trim().split('\n');
    await rm(dir, { recursive: true });
    // The blob that the template names in WEBSITE_RUN_FROM_PACKAGE.
    const bicep = await readFile('infra/modules/function-app.bicep', 'utf8');
    expect(bicep).toContain('/acr-transfer.zip');
    expect(commands[0]).toContain(
      '--subscription s1 --account-name contosohost --container-name packages --name acr-transfer.zip',
    );
    expect(commands[1]).toBe(`functionapp restart --only-show-errors --ids ${APP_ID}`);
    expect(commands.at(-1)).toContain(`--url https://arm.test${APP_ID}/syncfunctiontriggers?`);
  });
});
