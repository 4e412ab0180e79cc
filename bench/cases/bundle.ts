import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, median } from '../measure.ts';
import { type Bench, formatMs } from '../report.ts';

const RUNS = 15;
const BUNDLE = join(import.meta.dirname, '../../dist/app.cjs');

/** How long the deployed bundle takes to load in a fresh process, as a worker that starts cold does. */
export const bundle: Bench = {
  name: 'bundle',
  title: 'Loading the deployed bundle',
  how: `\`require\` of dist/app.cjs in a new process, routes and settings of the samples, without the worker’s own module; medians of ${RUNS}. Goal: 300 ms.`,
  async run(log) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) times.push(await load());
    log(`load: ${times.map((ms) => Math.round(ms)).join(' ')} ms`);
    return [
      { what: 'size, minified', value: `${(readFileSync(BUNDLE).length / 1e6).toFixed(1)} MB` },
      { what: 'load', value: formatMs(median(times)), ratio: median(times) / 300, peer: 'the goal' },
    ];
  },
};

const SCRIPT = `
const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...rest) => (name === '@azure/functions-core' ? new Proxy({}, { get: () => () => ({}) }) : load(name, ...rest));
const startedMs = performance.now();
require(process.env.BUNDLE);
process.stdout.write(String(performance.now() - startedMs));
process.exit(0);
`;

async function load(): Promise<number> {
  const env = {
    BUNDLE,
    STATE_STORAGE__blobServiceUri: 'https://contosostate.blob.core.windows.net',
    ROUTES_FILE: 'routes.sample.json',
  };
  const { code, stdout, stderr } = await execute(process.execPath, ['-e', SCRIPT], env);
  if (code !== 0) throw new Error(`the bundle does not load: ${stderr.slice(-1000)}`);
  return Number(stdout.trim().split('\n').at(-1));
}
