import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePackageArguments } from '../../../scripts/package-arguments.ts';
import { checkRoutes, collectPackage } from '../../../scripts/package-files.ts';

describe('what is packaged', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/app.cjs'), 'bundle');
    for (const file of ['host.json', 'package.json', 'routes.sample.json']) {
      writeFileSync(join(folder, file), readFileSync(file));
    }
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is the bundle, host.json, a manifest without dependencies, and the routes', () => {
    const entries = collectPackage({ folder, routesFile: 'routes.sample.json' });
    expect(entries.map(({ path }) => path)).toEqual(['dist/app.cjs', 'host.json', 'package.json', 'routes.json']);
    const manifest = JSON.parse(Buffer.from(entries[2]?.bytes ?? []).toString());
    expect(manifest).toMatchObject({ name: 'acr-transfer', main: 'dist/app.cjs' });
    expect(Object.keys(manifest).filter((key) => /dependencies|scripts|^type$/i.test(key))).toEqual([]);
  });

  it('tells the host to sample nothing that the alerts count or their runbooks look up', () => {
    const [, host] = collectPackage({ folder, routesFile: undefined });
    const { applicationInsights } = JSON.parse(Buffer.from(host?.bytes ?? []).toString()).logging;
    const excluded = applicationInsights.samplingSettings.excludedTypes.split(';');
    const texts = [readFileSync('infra/modules/alerts.bicep', 'utf8'), readFileSync('docs/deploy.md', 'utf8')].join(
      '\n',
    );
    const types = { traces: 'Trace', requests: 'Request', exceptions: 'Exception', dependencies: 'Dependency' };
    const used = Object.entries(types).filter(([table]) => new RegExp(`['\`(]${table}\\b[ \`]`).test(texts));
    expect(used.map(([, type]) => type)).toEqual(excluded);
  });

  it('has no routes when the app setting has them', () => {
    const paths = collectPackage({ folder, routesFile: undefined }).map(({ path }) => path);
    expect(paths).toEqual(['dist/app.cjs', 'host.json', 'package.json']);
    expect(checkRoutes({ folder, routesFile: undefined }, {})).toEqual([]);
  });

  it('finds nothing in the sample routes, though no connection is set', () => {
    expect(checkRoutes({ folder, routesFile: 'routes.sample.json' }, {})).toEqual([]);
  });

  it('names every fault of the routes at once, with file, path, found and allowed', () => {
    const [route] = JSON.parse(readFileSync('routes.sample.json', 'utf8'));
    const bad = { ...route, maxParallelBatches: 99, source: { ...route.source, exportPipeline: 'x' } };
    writeFileSync(join(folder, 'bad.json'), JSON.stringify([bad, { ...route, name: '%MISSING%' }]));
    const faults = checkRoutes({ folder, routesFile: 'bad.json' }, {});
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: 'bad.json', path: '[0].maxParallelBatches', found: '99' }),
        expect.objectContaining({ path: '[0].source.exportPipeline', found: 'x' }),
        expect.objectContaining({ path: '[1]', found: '%MISSING%' }),
      ]),
    );
  });

  it('is not made without a route, nor from routes of the environment', () => {
    writeFileSync(join(folder, 'none.json'), '[]');
    const variables = { ROUTES_JSON: readFileSync('routes.sample.json', 'utf8') };
    expect(checkRoutes({ folder, routesFile: 'none.json' }, variables)).toMatchObject([{ found: 'no route' }]);
  });
});

describe('parsePackageArguments', () => {
  it('takes routes.json unless told otherwise', () => {
    expect(parsePackageArguments([]).routesFile).toBe('routes.json');
    expect(parsePackageArguments(['--routes', 'a.json']).routesFile).toBe('a.json');
    expect(parsePackageArguments(['--without-routes']).routesFile).toBeUndefined();
  });

  it('refuses routes and no routes at once, and what it does not know', () => {
    expect(() => parsePackageArguments(['--routes', 'a.json', '--without-routes'])).toThrow('one of them');
    expect(() => parsePackageArguments(['--fast'])).toThrow('--fast');
  });
});
