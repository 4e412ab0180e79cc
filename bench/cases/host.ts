import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostProcess, spawnHost } from '../../local/host/client.ts';
import { median, time, until } from '../measure.ts';
import { type Bench, type Figure, formatMs } from '../report.ts';

const RUNS = 3;
const FAN_OUT = 10_000;
const CHAIN = 500;
const CHAINS = 8;
const KILLED_FAN_OUT = 20_000;
const KILLS = 5;
const KEY = 'a master key of this run';

/** Activities a second of the local Functions host, and what kills cost. */
export const host: Bench = {
  name: 'host',
  title: 'The local Functions host',
  how:
    'Activities that do nothing, through the real durable-functions package; every start, answer and end is on disk before it counts. ' +
    'From the start of the instances to the end of all. Medians of 3.',
  async run(log) {
    const fan = await rates(log, `fan-out of ${FAN_OUT}`, FAN_OUT, (app) => [app.start('fanOut', FAN_OUT)]);
    const chain = await rates(log, `a chain of ${CHAIN}`, CHAIN, (app) => [app.start('chain', CHAIN)]);
    const chains = await rates(log, `${CHAINS} chains of ${CHAIN}`, CHAINS * CHAIN, (app) =>
      Array.from({ length: CHAINS }, () => app.start('chain', CHAIN)),
    );
    return [fan, chain, chains, await survive(log)];
  },
};

async function rates(
  log: (line: string) => void,
  what: string,
  activities: number,
  begin: (app: App) => Promise<string>[],
): Promise<Figure> {
  const perSecond: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const app = await App.open();
    try {
      const ms = await time(async () => {
        for (const id of await Promise.all(begin(app))) await app.ended(id);
      });
      perSecond.push(activities / (ms / 1000));
      log(`${what}: ${Math.round(perSecond.at(-1) ?? 0)}/s`);
    } finally {
      await app.close();
    }
  }
  return { what, value: `${Math.round(median(perSecond))} activities/s` };
}

/** A fan-out whose host is killed again and again ends with the right sum; how much longer that takes. */
async function survive(log: (line: string) => void): Promise<Figure> {
  const whole = await timedFanOut(0);
  const killed = await timedFanOut(KILLS);
  log(`${KILLED_FAN_OUT} with ${KILLS} kills: ${formatMs(killed)}, without: ${formatMs(whole)}`);
  const what = `fan-out of ${KILLED_FAN_OUT} with ${KILLS} × kill -9, start-ups included`;
  return { what, value: formatMs(killed), ratio: killed / whole, peer: `the time without (${formatMs(whole)})` };
}

async function timedFanOut(kills: number): Promise<number> {
  const app = await App.open();
  try {
    return await time(async () => {
      const id = await app.start('fanOut', KILLED_FAN_OUT);
      for (let kill = 0; kill < kills; kill++) {
        await sleep(300);
        await app.killAndRestart();
      }
      const output = await app.ended(id);
      const expected = (KILLED_FAN_OUT * (KILLED_FAN_OUT - 1)) / 2;
      if (output !== expected) throw new Error(`the sum is ${output}, it must be ${expected}`);
    });
  } finally {
    await app.close();
  }
}

class App {
  #process: HostProcess;
  readonly #dataDir: string;

  private constructor(process: HostProcess, dataDir: string) {
    this.#process = process;
    this.#dataDir = dataDir;
  }

  static async open(): Promise<App> {
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-host-'));
    return new App(await App.#spawn(dataDir, 0), dataDir);
  }

  static #spawn(dataDir: string, port: number): Promise<HostProcess> {
    const env = { PATH: process.env.PATH ?? '', LOCAL_HOST_MASTER_KEY: KEY, LOCAL_HOST_KEY: KEY };
    return spawnHost({ appDir: join(import.meta.dirname, '../host-app'), port, dataDir, env });
  }

  async start(name: string, count: number): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#process.port}/api/start/${name}/${count}`, {
      method: 'POST',
    });
    return ((await response.json()) as { id: string }).id;
  }

  async killAndRestart(): Promise<void> {
    const { port } = this.#process;
    await this.#process.kill();
    this.#process = await App.#spawn(this.#dataDir, port);
  }

  /** The output of an instance, once it has completed. */
  async ended(id: string): Promise<unknown> {
    let output: unknown;
    await until(async () => {
      const url = `http://127.0.0.1:${this.#process.port}/runtime/webhooks/durabletask/instances/${id}?code=${encodeURIComponent(KEY)}`;
      const status = (await (await fetch(url)).json()) as { runtimeStatus?: string; output?: unknown };
      if (status.runtimeStatus === 'Failed') throw new Error(`the instance failed: ${JSON.stringify(status.output)}`);
      output = status.output;
      return status.runtimeStatus === 'Completed';
    });
    return output;
  }

  async close(): Promise<void> {
    await this.#process.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}
