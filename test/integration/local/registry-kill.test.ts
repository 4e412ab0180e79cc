import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegistryStore } from '../../../local/registry/store.ts';
import { startRegistryProcess } from './registry-process.ts';
import { readState, requireBetween, Workload } from './registry-workload.ts';

const REPOSITORIES = ['a', 'b', 'c'] as const;
/** Each kill comes right after so many answers, at whatever the two other clients are in the middle of. */
const ANSWERS_BEFORE_KILLS = [1, 2, 3, 5, 8, 13, 17, 21, 26, 34, 40, 55];

let dir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'registry-kill-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

/** Works with three clients at once until the kill; gives what they know. */
async function workUntilKilled(round: number, answersBeforeKill: number): Promise<Workload[]> {
  const before = await RegistryStore.open(dir);
  const states = await Promise.all(REPOSITORIES.map((name) => readState(before, name)));
  const { child: started, origin } = await startRegistryProcess(dir);
  child = started;
  let answers = 0;
  let isKilled = false;
  const onAnswer = () => {
    answers += 1;
    if (answers < answersBeforeKill) return;
    isKilled = true;
    started.kill('SIGKILL');
  };
  const workloads = REPOSITORIES.flatMap((name, index) => {
    const state = states[index];
    return state ? [new Workload(name, round * 100, state, onAnswer)] : [];
  });
  const ended = once(started, 'exit');
  await Promise.all(workloads.map((workload) => workload.runUntilBroken(origin, () => isKilled)));
  await ended;
  return workloads;
}

describe('a registry whose process is killed in the middle of pushes, tags and deletes', () => {
  it('shows all that it had answered, nothing half, and goes on from there, kill after kill', async () => {
    for (const [round, answersBeforeKill] of ANSWERS_BEFORE_KILLS.entries()) {
      const workloads = await workUntilKilled(round, answersBeforeKill);
      const store = await RegistryStore.open(dir);
      for (const { repository, done, after } of workloads) {
        requireBetween(await readState(store, repository), done, after);
      }
    }
  });
});
