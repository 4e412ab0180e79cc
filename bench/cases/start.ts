import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PORT_NAMES, portSetting } from '../../local/cloud/ports.ts';
import { until } from '../measure.ts';
import { type Bench, type Figure, formatMs } from '../report.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.local-bench');

/** `npm start` as a user types it, in an empty folder and in the one that this left. */
export const start: Bench = {
  name: 'start',
  title: 'npm start',
  how:
    'From the command, build included: until both clouds are up and the app answers a request (ready), and to the end of `--once`, when the samples were ' +
    'pushed, transferred and reported and all was stopped. With a state folder that is empty, and once more with the state that the first left.',
  async run(log) {
    await rm(FOLDER, { recursive: true, force: true });
    try {
      const figures: Figure[] = [];
      for (const which of ['the first time (certificates, accounts, vaults are made)', 'once more']) {
        const { readyMs, endMs } = await startOnce();
        log(`${which}: ready ${formatMs(readyMs)}, end ${formatMs(endMs)}`);
        figures.push({ what: `ready, ${which}`, value: formatMs(readyMs) });
        figures.push({ what: `to the end of --once, ${which}`, value: formatMs(endMs) });
      }
      return figures;
    } finally {
      await rm(FOLDER, { recursive: true, force: true });
    }
  },
};

/** Milliseconds from the command. @throws with what it wrote when it ends without success, or before it was ready */
async function startOnce(): Promise<{ readyMs: number; endMs: number }> {
  const startedMs = performance.now();
  const env = { ...process.env, LOCAL_DIR: FOLDER, ...FREE };
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const child = spawn('npm', ['start', '--silent', '--', '--once', '--json'], { cwd: ROOT, env, stdio });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  let readyMs: number | undefined;
  const ended = once(child, 'close');
  await until(async () => {
    if (await isServing()) readyMs = performance.now() - startedMs;
    return readyMs !== undefined || child.exitCode !== null;
  });
  const [code] = await ended;
  const endMs = performance.now() - startedMs;
  if (code !== 0 || readyMs === undefined) throw new Error(`npm start ended with ${code}: ${said.slice(-2000)}`);
  return { readyMs, endMs };
}

/** Whether the app that `endpoints.json` names answers; the file is there while the stack is. */
async function isServing(): Promise<boolean> {
  try {
    const text = await readFile(join(FOLDER, 'endpoints.json'), 'utf8');
    const { functions } = JSON.parse(text) as { functions: { url: string; key: string } };
    const response = await fetch(`${functions.url}/api/transfers`, { headers: { 'x-functions-key': functions.key } });
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Ports that are free, so that a local cloud which is up is not in the way. */
const FREE = Object.fromEntries(PORT_NAMES.map((name) => [portSetting(name), '0']));
