import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrchestrationHandler } from 'durable-functions';
import { EventType } from '../../local/host/durable/history-events.ts';
import { orchestrators } from '../../src/functions/durable.ts';
import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { callActivity } from '../../src/orchestrators/call.ts';
import { segmentOrchestrator } from '../../src/orchestrators/segment.ts';
import { distinct, type RecordedHistory, readHistories, readReleased, writeHistories } from './recorded-history.ts';
import { replayHistory } from './replay-history.ts';

let histories: Map<string, RecordedHistory>;
beforeAll(async () => {
  histories = await readHistories();
});

function recorded(file: string): RecordedHistory {
  const found = histories.get(file);
  if (!found) throw new Error(`${file} is not recorded; there are ${[...histories.keys()].join(', ')}`);
  return found;
}

describe('histories of earlier versions', () => {
  it('are of every orchestrator', () => {
    const names = [...histories.values()].map(({ orchestrator }) => orchestrator);
    expect([...new Set(names)].sort()).toEqual(Object.keys(orchestrators).sort());
  });

  it('are gone on with by the orchestrators as they are now, step by step to the same end', async () => {
    const differences: string[] = [];
    for (const [file, history] of histories) {
      const orchestrator = orchestrators[history.orchestrator as keyof typeof orchestrators];
      const difference = await replayHistory(orchestrator, history);
      if (difference !== undefined) differences.push(`${file}: ${difference}`);
    }
    expect(differences).toEqual([]);
  });

  it('hold no token and nothing of the machine that they were recorded on', () => {
    for (const history of histories.values()) {
      expect(JSON.stringify(history)).not.toMatch(
        /[?&]sig=|\beyJ[\w-]{20}|127\.0\.0\.1|localhost|"\/(?:home|root|tmp|Users)\//,
      );
    }
  });
});

describe('the replay of a recorded history', () => {
  const BATCH = '0.1.0/batch-1.json';
  const first: OrchestrationHandler = function* (context) {
    yield* callActivity(context, 'readControl', { transfer: 'x' });
    return yield* batchOrchestrator(context);
  };
  const last: OrchestrationHandler = function* (context) {
    const output = yield* batchOrchestrator(context);
    yield* callActivity(context, 'readControl', { transfer: 'x' });
    return output;
  };
  const otherOutput: OrchestrationHandler = function* (context) {
    yield* batchOrchestrator(context);
    return 'other';
  };
  const failing: OrchestrationHandler = function* (context) {
    yield* batchOrchestrator(context);
    throw new Error('broken');
  };

  it.each([
    [
      'a step before the others',
      first,
      /'batch' \(instance 'batch:\w+:b0001'\): step 0 was activity 'beginBatch' .* is now activity 'readControl'/,
    ],
    ['a step at the end', last, /'batch' .*: step \d+ is now 'readControl', where it had ended as Completed/],
    ['another output', otherOutput, /'batch' .* gave \{"stopped":false\} and gives "other" now/],
    ['a failure', failing, /'batch' .* ended as Completed and fails now: .*broken/],
    ['another orchestrator', segmentOrchestrator, /'batch' .*: step 0 was activity 'beginBatch'/],
  ])('names orchestrator and step for %s', async (_, orchestrator, sentence) => {
    expect(await replayHistory(orchestrator, recorded(BATCH))).toMatch(sentence);
  });

  it('sees that it waits where it had ended', async () => {
    const history = recorded(BATCH);
    const events = history.events.filter(({ EventType: type }) => type !== EventType.TaskCompleted);
    expect(await replayHistory(batchOrchestrator, { ...history, events })).toMatch(
      /step 1 was .* is not reached any more/,
    );
  });
});

describe('a released version', () => {
  it('is never recorded anew; its files stay as they are', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'histories-'));
    const [history] = histories.values();
    if (!history) throw new Error('none is recorded');
    await writeFile(join(dir, 'released.txt'), '# out\n');
    await writeHistories('1.2.3', [history], dir);
    await writeFile(join(dir, 'released.txt'), '# out\n1.2.3\n1.3.0\n');
    await expect(writeHistories('1.2.3', [], dir)).rejects.toThrow(/1\.2\.3 is released .*allowed: another version/);
    expect([...(await readHistories(dir)).values()]).toEqual([history]);
    await expect(writeHistories('1.2.30', [history], dir)).resolves.toHaveLength(1);
    await rm(dir, { recursive: true });
  });

  it('has its histories here', async () => {
    const versions = new Set([...histories.keys()].map((file) => file.split('/')[0]));
    expect((await readReleased()).filter((version) => !versions.has(version))).toEqual([]);
  });
});

describe('what is recorded', () => {
  it('is read as it was written, one of each kind', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'histories-'));
    const all = [...histories.values()];
    await writeFile(join(dir, 'released.txt'), '');
    const names = await writeHistories('1.2.3', distinct([...all, ...all]), dir);
    const again = await readHistories(dir);
    await rm(dir, { recursive: true });
    expect(names).toHaveLength(all.length);
    expect([...again.values()]).toEqual(expect.arrayContaining(all));
  });
});
