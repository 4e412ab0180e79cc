import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../../src/config/environment.ts';
import { loadSettings } from '../../../src/config/settings.ts';
import { changed, SAMPLE_ROUTE } from '../domain/sample-route.ts';

const STATE = { STATE_STORAGE__blobServiceUri: 'https://state.blob.core.windows.net' };
const CONNECTED = {
  SIDE_PUBLIC_TO_CHINA_TARGET__blobServiceUri: 'https://contosocn.blob.core.chinacloudapi.cn',
  SIDE_FIRST_TARGET__blobServiceUri: 'https://contosocn.blob.core.chinacloudapi.cn',
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterAll(() => rm(folder, { recursive: true }));

function load(variables: Record<string, string | undefined>) {
  return loadSettings({ ...STATE, ...CONNECTED, ...variables }, folder);
}

function loadList(...routes: unknown[]) {
  return load({ ROUTES_JSON: JSON.stringify(routes) });
}

describe('loadSettings', () => {
  it('has defaults for all but the routes and the state', () => {
    expect(loadList(SAMPLE_ROUTE)).toMatchObject({
      schedules: { rotateSas: '0 17 * * * *', reconcile: '0 */10 * * * *', retention: '0 30 3 * * *' },
      blobTriggerSource: 'EventGrid',
      stateContainerUrl: 'https://state.blob.core.windows.net/acr-transfer',
      faultyRoutes: [],
      faults: [],
    });
  });

  it('takes an empty setting for one that is not there', () => {
    expect(load({ ROUTES_JSON: '[]', SAS_ROTATION_SCHEDULE: '', BLOB_TRIGGER_SOURCE: '' }).faults).toEqual([]);
  });

  it('names all faults at once and goes on with defaults for what is faulty', () => {
    const bad = changed(SAMPLE_ROUTE, 'copy.mode', 'fly');
    const settings = load({
      ROUTES_JSON: JSON.stringify([bad]),
      SAS_ROTATION_SCHEDULE: 'hourly',
      BLOB_TRIGGER_SOURCE: 'Pigeon',
      STATE_STORAGE__blobServiceUri: 'not a url',
    });
    expect(settings.faults.map(({ file, path, found }) => [file, path, found]).sort()).toEqual([
      ['ROUTES_JSON', '[0].copy.mode', 'fly'],
      ['app settings', 'BLOB_TRIGGER_SOURCE', 'Pigeon'],
      ['app settings', 'SAS_ROTATION_SCHEDULE', 'hourly'],
      ['app settings', 'STATE_STORAGE__blobServiceUri', 'not a url'],
      ['app settings', 'STATE_STORAGE__blobServiceUri', expect.stringContaining('nothing')],
    ]);
    expect(settings.schedules.rotateSas).toBe('0 17 * * * *');
    expect(settings.stateContainerUrl).toBeUndefined();
    for (const { allowed } of settings.faults) expect(allowed).not.toBe('');
  });

  it.each([
    [
      { STATE_STORAGE__blobServiceUri: 'https://a.test/', AzureWebJobsStorage__blobServiceUri: 'https://b.test' },
      'https://a.test/acr-transfer',
    ],
    [
      { AzureWebJobsStorage__blobServiceUri: 'https://b.test', AzureWebJobsStorage__accountName: 'c' },
      'https://b.test/acr-transfer',
    ],
    [{ AzureWebJobsStorage__accountName: 'c' }, 'https://c.blob.core.windows.net/acr-transfer'],
  ])('finds where the records lie in %j', (variables, url) => {
    const settings = loadSettings({ ROUTES_JSON: '[]', ...variables }, folder);
    expect(settings.stateContainerUrl).toBe(url);
    expect(settings.faults).toEqual([]);
  });

  it('says so when nothing tells where the records lie', () => {
    const settings = loadSettings({ ROUTES_JSON: '[]' }, folder);
    expect(settings.stateContainerUrl).toBeUndefined();
    expect(settings.faults).toEqual([expect.objectContaining({ path: 'STATE_STORAGE__blobServiceUri' })]);
  });

  it("prefers the state's own identity to the host's", () => {
    const host = { AzureWebJobsStorage__clientId: 'host' };
    expect(load({ ROUTES_JSON: '[]', ...host }).stateClientId).toBe('host');
    expect(load({ ROUTES_JSON: '[]', ...host, STATE_STORAGE__clientId: 'own' }).stateClientId).toBe('own');
  });
});

describe('routes in the settings', () => {
  it('are found by their names', () => {
    const settings = loadList(SAMPLE_ROUTE, { ...SAMPLE_ROUTE, name: 'second' });
    expect([...settings.routes.keys()]).toEqual(['public-to-china', 'second']);
    expect(settings.routes.get('second')?.maxParallelBatches).toBe(2);
  });

  it('are usable when another one is not', () => {
    const settings = loadList(
      { ...SAMPLE_ROUTE, name: 'first' },
      changed(SAMPLE_ROUTE, 'source.cloud', 'Moon'),
      SAMPLE_ROUTE,
    );
    expect([...settings.routes.keys()]).toEqual(['first', 'public-to-china']);
    expect(settings.faultyRoutes).toEqual([
      { route: 'public-to-china', faults: [expect.objectContaining({ path: '[1].source.cloud', found: 'Moon' })] },
    ]);
    expect(settings.faults).toEqual(settings.faultyRoutes[0]?.faults);
  });

  it('are told apart by their place where they have no name', () => {
    const settings = loadList(null, 3, changed(SAMPLE_ROUTE, 'name', undefined));
    expect(settings.faultyRoutes.map(({ route }) => route)).toEqual(['[0]', '[1]', '[2]']);
    expect(settings.faults.map(({ path }) => path)).toEqual(['[0]', '[1]', '[2].name']);
  });

  it('must not have the same name: the first one stays', () => {
    const settings = loadList(SAMPLE_ROUTE, { ...SAMPLE_ROUTE, maxParallelBatches: 9 });
    expect(settings.routes.get('public-to-china')?.maxParallelBatches).toBe(2);
    expect(settings.faults).toEqual([
      { file: 'ROUTES_JSON', path: '[1].name', found: 'public-to-china', allowed: 'a name that no other route has' },
    ]);
  });

  it.each([
    ['{"name":', /no JSON/],
    ['{"name":"a"}', /object/],
    ['"routes"', /string/],
  ])('must be a JSON list: %s', (text, found) => {
    const settings = load({ ROUTES_JSON: text });
    expect(settings.routes.size).toBe(0);
    expect(settings.faults).toEqual([
      { file: 'ROUTES_JSON', path: '', found: expect.stringMatching(found), allowed: 'a JSON list of routes' },
    ]);
  });

  it('are read from ROUTES_FILE, beside the app, when there is no ROUTES_JSON', async () => {
    await writeFile(join(folder, 'mine.json'), JSON.stringify([{ ...SAMPLE_ROUTE, name: 'from-file' }]));
    expect([...load({ ROUTES_FILE: 'mine.json' }).routes.keys()]).toEqual(['from-file']);
    expect([...load({ ROUTES_FILE: join(folder, 'mine.json') }).routes.keys()]).toEqual(['from-file']);
    const both = load({ ROUTES_FILE: 'mine.json', ROUTES_JSON: JSON.stringify([SAMPLE_ROUTE]) });
    expect([...both.routes.keys()]).toEqual(['public-to-china']);
  });

  it('are a fault that names the file when it cannot be read', () => {
    expect(load({ ROUTES_FILE: 'none.json' }).faults).toEqual([
      { file: 'none.json', path: '', found: 'no readable file (ENOENT)', allowed: 'a JSON list of routes' },
    ]);
    expect(load({}).faults[0]).toMatchObject({ file: 'routes.json' });
  });

  it('take the values of app settings for %NAME%, anywhere in a text', () => {
    const route = changed(SAMPLE_ROUTE, 'source.container', 'https://%ACCOUNT%.blob.core.windows.net/%BOX%');
    const settings = load({ ROUTES_JSON: JSON.stringify([route]), ACCOUNT: 'acct', BOX: 'box' });
    expect(settings.faults).toEqual([]);
    expect(settings.routes.get('public-to-china')?.source?.container).toBe('https://acct.blob.core.windows.net/box');
  });

  it('are unusable when a %NAME% has no value, and the name is told', () => {
    const route = changed(SAMPLE_ROUTE, 'source.exportPipeline', 'pipe%NOPE%');
    const settings = loadList(route);
    expect(settings.routes.size).toBe(0);
    expect(settings.faults).toContainEqual({
      file: 'ROUTES_JSON',
      path: '[0]',
      found: '%NOPE%',
      allowed: 'the name of an app setting that has a value',
    });
  });

  it('do not give away path or query of a webhook, wherever its URL was written', () => {
    const url = 'http://hooks.example.test/services/T0/SECRET?code=SECRET';
    for (const webhook of [url, { url, secret: { vault: url, name: 'x' } }]) {
      const { faultyRoutes } = loadSettings({ ROUTES_JSON: JSON.stringify([{ name: 'a', webhook }]) }, '.');
      expect(JSON.stringify(faultyRoutes)).toContain('http://hooks.example.test/…');
      expect(JSON.stringify(faultyRoutes)).not.toContain('SECRET');
    }
  });

  it('do not give away a secret that an app setting put into them', () => {
    const route = changed(SAMPLE_ROUTE, 'source.container', '%CONTAINER%');
    const settings = load({ ROUTES_JSON: JSON.stringify([route]), CONTAINER: 'https://a.test/c?sp=rl&sig=topsecret' });
    expect(settings.faults).toHaveLength(1);
    expect(JSON.stringify(settings.faults)).not.toContain('topsecret');
  });
});

describe('readSettings', () => {
  it("reads the process's environment and finds the routes in the host's folder", async () => {
    await writeFile(join(folder, 'routes.json'), JSON.stringify([SAMPLE_ROUTE]));
    const before = process.env.AzureWebJobsScriptRoot;
    process.env.AzureWebJobsScriptRoot = folder;
    try {
      expect([...readSettings().routes.keys()]).toEqual(['public-to-china']);
    } finally {
      if (before === undefined) delete process.env.AzureWebJobsScriptRoot;
      else process.env.AzureWebJobsScriptRoot = before;
    }
  });
});
