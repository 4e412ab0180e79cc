import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type HostProcess, spawnHost } from '../../../local/host/client.ts';

export const FUNCTION_KEY = 'function-key-of-the-test';
export const MASTER_KEY = 'master-key-of-the-test';

/** What the JSON of an answer is taken for. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

/** Fixture apps are folders beside this file. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

/** A host on a folder of its own, which may be killed and started again. Everything is gone after {@link dispose}. */
export class HostUnderTest {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'host-'));
  readonly lines: string[] = [];
  readonly #appDir: string;
  readonly #env: Record<string, string>;
  #process: HostProcess | undefined;

  constructor(app: string, env: Record<string, string> = {}) {
    this.#appDir = fixture(app);
    this.#env = {
      PATH: process.env.PATH ?? '',
      LOCAL_HOST_KEY: FUNCTION_KEY,
      LOCAL_HOST_MASTER_KEY: MASTER_KEY,
      NOTES: join(this.dataDir, 'notes'),
      YEARLY_SCHEDULE: '0 0 0 1 1 *',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1,localhost',
      ...env,
    };
  }

  async start(env: Record<string, string> = {}): Promise<HostProcess> {
    this.#process = await spawnHost({
      appDir: this.#appDir,
      port: 0,
      dataDir: this.dataDir,
      env: { ...this.#env, ...env },
      log: (line) => this.lines.push(line),
    });
    return this.#process;
  }

  get process(): HostProcess {
    if (this.#process === undefined) throw new Error('the host was not started');
    return this.#process;
  }

  async dispose(): Promise<void> {
    await this.#process?.kill();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.process.port}${path}`;
  }

  async call(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url(path), init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  /** Calls the Durable webhooks with the master key. */
  async webhook(path: string, init: RequestInit = {}): Promise<Answer> {
    const mark = path.includes('?') ? '&' : '?';
    return this.call(`/runtime/webhooks/durabletask/${path}${mark}code=${MASTER_KEY}`, init);
  }

  /** Posts JSON to the Durable webhooks; no body without a value. */
  async post(path: string, value?: unknown): Promise<Answer> {
    const body = value === undefined ? null : JSON.stringify(value);
    return this.webhook(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }

  /** Starts an orchestration and gives what it returns, or its status when it does not complete. */
  async run(name: string, input?: unknown, id: string = crypto.randomUUID()): Promise<unknown> {
    const body = input === undefined ? '' : JSON.stringify(input);
    return (await this.webhook(`orchestrators/${name}/${id}?timeout=30`, { method: 'POST', body })).json;
  }

  /** Starts an orchestration and does not wait. */
  async begin(name: string, id: string, input?: unknown): Promise<Answer> {
    const body = input === undefined ? '' : JSON.stringify(input);
    return this.webhook(`orchestrators/${name}/${id}`, { method: 'POST', body });
  }

  /** One operation of the app's own durable client. */
  async operate(operation: string, id = '', data?: unknown): Promise<Answer> {
    const body = data === undefined ? null : JSON.stringify(data);
    return this.call(`/api/operate/${operation}/${id}`, { method: 'POST', body });
  }

  async status(id: string): Promise<Record<string, unknown>> {
    return (await this.webhook(`instances/${id}?showHistory=true`)).json as Record<string, unknown>;
  }

  /** Waits until an instance is in a state; the test's own time limit is the only one. */
  async until(id: string, runtimeStatus: string): Promise<Record<string, unknown>> {
    return eventually(async () => {
      const status = await this.status(id);
      return status?.runtimeStatus === runtimeStatus ? status : undefined;
    });
  }

  /** Makes a timer of a stopped host believe that its next run was long ago. */
  missTimer(functionName: string): void {
    const database = new DatabaseSync(join(this.dataDir, 'host.sqlite'));
    const { changes } = database
      .prepare('UPDATE timers SET next = ? WHERE functionName = ?')
      .run('2020-01-01T00:00:00.000Z', functionName);
    database.close();
    if (changes !== 1) throw new Error(`no timer '${functionName}' is stored`);
  }

  notes(): string[] {
    try {
      return readFileSync(join(this.dataDir, 'notes'), 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }
}

const GIVE_UP_AFTER_MS = 30_000;

/** Asks again and again until there is an answer; gives up long after a test should have ended. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const giveUpAtMs = Date.now() + GIVE_UP_AFTER_MS;
  while (Date.now() < giveUpAtMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`no answer within ${GIVE_UP_AFTER_MS} ms: ${String(ask)}`);
}
