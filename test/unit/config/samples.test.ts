import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentSchema, loadSettings } from '../../../src/config/settings.ts';
import { routeSchema } from '../../../src/domain/route/route.ts';

const ROOT = join(__dirname, '../../..');

function readSample<T>(file: string): T {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
}

const { Values } = readSample<{ Values: Record<string, string> }>('local.settings.sample.json');
const routes = readSample<Record<string, unknown>[]>('routes.sample.json');

describe('local.settings.sample.json', () => {
  it('has every setting that the app reads', () => {
    const missing = Object.keys(environmentSchema.shape).filter((name) => !(name in Values));
    expect(missing).toEqual([]);
  });

  it('has the defaults of the schedules', () => {
    const { schedules } = loadSettings({}, ROOT);
    expect(Values).toMatchObject({
      SAS_ROTATION_SCHEDULE: schedules.rotateSas,
      RECONCILE_SCHEDULE: schedules.reconcile,
      RETENTION_SCHEDULE: schedules.retention,
    });
  });

  it('is, with the sample routes, a configuration without a fault', () => {
    expect(loadSettings({ ...Values, ROUTES_FILE: 'routes.sample.json' }, ROOT).faults).toEqual([]);
  });
});

describe('routes.sample.json', () => {
  it('has every key of a route', () => {
    const keys = new Set(routes.flatMap((route) => Object.keys(route)));
    expect(Object.keys(routeSchema.shape).filter((key) => !keys.has(key))).toEqual([]);
  });
});
