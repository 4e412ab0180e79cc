import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCircles } from './import-circles.ts';
import { brokenRules, roomOf } from './room-rules.ts';
import { readSource, type SourceFacts } from './source-facts.ts';

const ROOT = join(import.meta.dirname, '../..');

function filesOf(...folders: string[]): SourceFacts[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx,mts,cts,js,mjs,cjs}`, { cwd: ROOT }))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/'))
    .map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')));
}

const files = filesOf('src', 'local', 'cli', 'web', 'campaign');

describe('the files of the project', () => {
  it('are read, with their imports', () => {
    expect(files.length).toBeGreaterThan(100);
    const rooms = new Set(files.map(({ path }) => roomOf(path)));
    for (const room of ['src/domain', 'src/oci', 'src/azure', 'src/config', 'src/functions', 'src/app.ts', 'local']) {
      expect(rooms).toContain(room);
    }
    const app = files.find(({ path }) => path === 'src/app.ts');
    expect(app?.imports.map(({ specifier }) => specifier)).toContain('./config/environment.ts');
  });

  it('break no rule of their rooms', () => {
    expect(files.flatMap(brokenRules)).toEqual([]);
  });

  it('do not import each other in circles', () => {
    expect(findCircles(files)).toEqual([]);
  });
});

describe('the tests', () => {
  it('have no file of more than 300 lines', () => {
    const long = filesOf('test').filter(({ lines }) => lines > 300);
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });
});

describe('findCircles', () => {
  it('finds files that import each other, by way of others too, and none that only share something', () => {
    const sources = {
      'src/a.ts': "import './in/b.ts';",
      'src/in/b.ts': "import type { C } from '../c.ts'; import 'node:fs';",
      'src/c.ts': "export * from './a.ts';",
      'src/d.ts': "import './a.ts'; import './e.ts';",
      'src/e.ts': '',
    };
    const read = Object.entries(sources).map(([path, text]) => readSource(path, text));
    expect(findCircles(read)).toEqual([['src/a.ts', 'src/c.ts', 'src/in/b.ts']]);
  });
});

describe('the rules of the rooms', () => {
  it.each([
    ['src/domain/x.ts', "import './errors.ts'; import { z } from 'zod'; import 'node:crypto';"],
    ['src/oci/registry/x.ts', "import '../../domain/errors.ts'; import '../digest.ts'; import 'undici';"],
    ['src/azure/records/x.ts', "import '../../oci/parallel.ts'; import '../storage.ts';"],
    ['src/config/x.ts', "import '../domain/route.ts'; import 'node:fs'; export const x = process.env.X;"],
    ['src/azure/proxy.ts', 'export const x = process.env.HTTPS_PROXY;'],
    ['src/orchestrators/x.ts', "import type { Task } from 'durable-functions'; import { x } from '../domain/time.ts';"],
    ['src/orchestrators/x.ts', '// Date, Math and process are not for here\nexport const x = "Date";'],
    ['src/activities/x.ts', "import '../azure/sas.ts'; import '../config/settings.ts'; import '../oci/digest.ts';"],
    ['src/azure/x.ts', "import type { InvocationContext } from '@azure/functions';"],
    ['src/functions/http/x.ts', "import { app } from '@azure/functions'; import '../../activities/all.ts';"],
    [
      'src/telemetry/x.ts',
      "import { trace } from '@opentelemetry/api'; import 'node:crypto'; import '../domain/errors.ts';",
    ],
    ['src/functions/x.ts', "import '../telemetry/measures.ts';"],
    ['src/app.ts', "import './functions/durable.ts'; import './azure/proxy.ts';"],
    ['local/arm/x.ts', "import '../../src/oci/digest.ts'; import '../http.ts'; export const x = process.env.X;"],
    [
      'campaign/x.ts',
      "import '../local/app/stack.ts'; import '../src/domain/names.ts'; import '../src/oci/parallel.ts';",
    ],
    ['web/x.ts', "import type { Failure } from '../src/domain/errors.ts';"],
    ['cli/x.ts', "import '../src/oci/archive/read.ts';"],
  ])('allow %s to say: %s', (path, text) => {
    expect(brokenRules(readSource(path, text))).toEqual([]);
  });

  it.each([
    ['src/domain/x.ts', "import '../oci/digest.ts';", 'imports src/oci'],
    ['src/domain/x.ts', "import type { X } from '../azure/sas.ts';", 'imports src/azure'],
    ['src/domain/x.ts', "import 'node:fs';", 'uses the package node:fs'],
    ['src/domain/x.ts', "import 'undici';", 'uses the package undici'],
    ['src/oci/x.ts', "import '../azure/storage.ts';", 'imports src/azure'],
    ['src/oci/archive/x.ts', "export * from '../../config/settings.ts';", 'imports src/config'],
    ['src/azure/x.ts', "import '../config/settings.ts';", 'imports src/config'],
    ['src/azure/x.ts', "export { x } from '../activities/activity.ts';", 'imports src/activities'],
    ['src/config/x.ts', "import '../oci/digest.ts';", 'imports src/oci'],
    ['src/orchestrators/x.ts', "import '../activities/all.ts';", 'imports src/activities'],
    ['src/orchestrators/x.ts', "import * as df from 'durable-functions';", 'imports values of durable-functions'],
    ['src/orchestrators/x.ts', "import 'node:crypto';", 'uses the package node:crypto'],
    ['src/orchestrators/x.ts', 'export const x = () => Date.now();', 'uses Date'],
    ['src/orchestrators/x.ts', 'export const x = new Date(0);', 'uses Date'],
    ['src/orchestrators/x.ts', 'export const x = Math.random();', 'uses Math'],
    ['src/orchestrators/x.ts', 'export const x = process.pid;', 'uses process'],
    ['src/orchestrators/x.ts', "import '../telemetry/measures.ts';", 'imports src/telemetry'],
    ['src/orchestrators/x.ts', "import '@opentelemetry/api';", 'uses the package @opentelemetry/api'],
    ['src/activities/x.ts', "import '@opentelemetry/api';", 'uses the package @opentelemetry/api'],
    ['src/telemetry/x.ts', "import '../azure/sas.ts';", 'imports src/azure'],
    ['src/telemetry/x.ts', "import '@opentelemetry/sdk-node';", 'uses the package @opentelemetry/sdk-node'],
    ['src/entities/x.ts', "import '../azure/sas.ts';", 'imports src/azure'],
    ['src/activities/x.ts', "import '../orchestrators/call.ts';", 'imports src/orchestrators'],
    ['src/activities/x.ts', "import '../functions/timers.ts';", 'imports src/functions'],
    ['src/activities/x.ts', "import { app } from '@azure/functions';", 'imports values of @azure/functions'],
    ['src/activities/x.ts', "import * as df from 'durable-functions';", 'imports values of durable-functions'],
    ['src/functions/x.ts', "import '../app.ts';", 'imports src/app.ts'],
    ['src/domain/x.ts', "import '../app.ts';", 'imports src/app.ts'],
    ['src/oci/x.ts', "import '../../local/http.ts';", 'imports local'],
    ['src/app.ts', "import '../local/start.ts';", 'imports local'],
    ['src/app.ts', "import '../cli/main.ts';", 'imports cli'],
    ['src/app.ts', "import '../web/main.ts';", 'imports web'],
    ['src/app.ts', "import '../test/support/images.ts';", 'imports test'],
    ['local/arm/x.ts', "import '../../src/azure/sas/sas.ts';", 'imports src/azure'],
    ['local/host/x.ts', "export const x = () => import('../../src/app.ts');", 'imports src/app.ts'],
    ['local/x.ts', "import '../test/support/images.ts';", 'imports test'],
    ['local/x.ts', "import '../campaign/world.ts';", 'imports campaign'],
    ['campaign/x.ts', "import '../src/azure/storage.ts';", 'imports src/azure'],
    ['cli/x.ts', "import '../src/config/settings.ts';", 'imports src/config'],
    ['web/x.ts', "import { redact } from '../src/domain/errors.ts';", 'imports more than types of src/domain'],
    ['src/oci/x.ts', 'export const x = process.env.X;', 'reads the environment'],
    ['src/oci/x.ts', "export const x = process['env'];", 'reads the environment'],
    ['src/azure/x.ts', 'const { env } = process; export const x = env.X;', 'reads the environment'],
    ['src/azure/x.ts', "import { env } from 'node:process'; export const x = env.X;", 'reads the environment'],
    ['src/azure/x.ts', "export type X = import('../config/settings.ts').Settings;", 'imports src/config'],
    ['src/azure/x.ts', "export const x = require('../config/settings.ts');", 'imports src/config'],
    ['src/azure/x.ts', 'export const x = (name: string) => import(name);', 'imports what only running it would tell'],
    ['src/utilities/x.ts', '', 'src/utilities is no room'],
  ])('do not allow %s to say: %s', (path, text, fault) => {
    expect(brokenRules(readSource(path, text))).toEqual([expect.stringContaining(`${path}: ${fault}`)]);
  });

  it('allow a file of 300 lines and none of 301', () => {
    const lines = (count: number) => readSource('local/x.ts', 'export {};\n'.repeat(count));
    expect(brokenRules(lines(300))).toEqual([]);
    expect(brokenRules(lines(301))).toEqual(['local/x.ts: has 301 lines, 300 are allowed']);
  });
});
