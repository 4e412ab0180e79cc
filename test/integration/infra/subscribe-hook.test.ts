import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localRoute } from '../../../local/app/environment.ts';
import { resourcesOf, storageAccountId } from '../../../local/names.ts';

const APP_ID = '/subscriptions/s/resourceGroups/app/providers/Microsoft.Web/sites/app';
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'subscribe-'));
  // Answers as `az resource show --query location` and `az eventgrid system-topic list` do, and keeps what it was called with.
  const az = join(dir, 'az');
  await writeFile(
    az,
    '#!/bin/sh\necho "$*" >>"$AZ_LOG"\n[ "$1" = resource ] && echo westeurope\n[ "$1" = eventgrid ] && printf "$TOPICS"\nexit 0\n',
  );
  await chmod(az, 0o755);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The commands that the hook gives to `az`, each in a line. */
async function subscribe(route: object, more: Record<string, string> = {}): Promise<string[]> {
  const log = join(dir, 'az.log');
  const env = { ...process.env, ROUTES_JSON: JSON.stringify([route]), APP_ID, AZ_LOG: log, TOPICS: '', ...more };
  const { TARGET_STORAGE_ACCOUNT_ID, ...rest } = { TARGET_STORAGE_ACCOUNT_ID: '', ...env };
  const account = TARGET_STORAGE_ACCOUNT_ID === '' ? {} : { TARGET_STORAGE_ACCOUNT_ID };
  const path = `${dir}:${process.env.PATH}`;
  await promisify(execFile)('sh', ['infra/hooks/subscribe.sh'], { env: { ...rest, ...account, PATH: path } });
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.startsWith('deployment'));
}

const { registryId } = resourcesOf('source');
const onPush = { artifacts: ['**:*'] };
const PUSHES = [
  'deployment group create --only-show-errors --output none --name acr-transfer-push-subscriptions',
  `--subscription ${registryId.split('/')[2]} --resource-group ${registryId.split('/')[4]}`,
  `--template-file infra/main.push-subscriptions.bicep --parameters registryName=${registryId.split('/').at(-1)}`,
  `appId=${APP_ID} location=westeurope existingTopicName=`,
].join(' ');

describe('infra/hooks/subscribe.sh', () => {
  it('subscribes the app to blobs, and to pushes where a route wants them', async () => {
    const account = storageAccountId(resourcesOf('target').account);
    const commands = await subscribe(localRoute({ onPush }), { TARGET_STORAGE_ACCOUNT_ID: account });
    expect(commands).toHaveLength(2);
    expect(commands[0]).toMatch(
      /infra\/main\.subscriptions\.bicep --parameters @\S+ location=westeurope existingTopicName=$/,
    );
    expect(commands[1]).toBe(PUSHES);
  });

  it('uses the topic that a resource has already, in whatever case its id is written', async () => {
    const TOPICS = `other\\t${registryId}2\\ntheirs\\t${registryId.toUpperCase()}\\n`;
    const [command] = await subscribe(localRoute({ onPush }), { TOPICS });
    expect(command).toBe(`${PUSHES}theirs`);
  });

  it('makes no subscription for a route that hears of neither', async () => {
    expect(await subscribe(localRoute())).toEqual([]);
  });

  it('subscribes an app that serves no target to pushes alone', async () => {
    const { target, ...route } = localRoute({ onPush }) as Record<string, unknown>;
    expect(await subscribe({ ...route, serves: 'source' })).toEqual([PUSHES]);
  });

  it('fails where a route has a fault, before anything is made', async () => {
    await expect(subscribe(localRoute({ onPush: { artifacts: [] } }))).rejects.toThrow(/at least one artifact/);
  });
});
