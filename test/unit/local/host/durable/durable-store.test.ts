import { DatabaseSync } from 'node:sqlite';
import { DurableStore } from '../../../../../local/host/durable/durable-store.ts';
import { EventType, historyEvent } from '../../../../../local/host/durable/history-events.ts';

const raised = (Name: string) => historyEvent(EventType.EventRaised, { Name });

describe('DurableStore', () => {
  let database: DatabaseSync;
  let store: DurableStore;
  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    store = new DurableStore(database);
  });
  afterEach(() => database.close());

  it('gives messages when they are due, in their order', () => {
    store.post('a', null, raised('later'), 200);
    store.post('a', 'e', raised('first'), 0);
    store.post('b', null, raised('other'), 0);
    expect(store.dueMessages('a', 100).map(({ event }) => event.Name)).toEqual(['first']);
    expect(store.dueMessages('a', 200).map(({ event }) => event.Name)).toEqual(['later', 'first']);
    expect(store.nextDueMs(100)).toBe(200);
    expect(store.nextDueMs(200)).toBeUndefined();
    expect(store.dueInstances(0).sort()).toEqual(['a', 'b']);
  });

  it('writes nothing of a transaction that fails', () => {
    const failing = () =>
      store.transaction(() => {
        store.post('a', null, raised('x'), 0);
        throw new Error('failed');
      });
    expect(failing).toThrow('failed');
    expect(store.dueMessages('a', 1)).toEqual([]);
    store.transaction(() => store.post('a', null, raised('x'), 0));
    expect(store.dueMessages('a', 1)).toHaveLength(1);
  });

  it('removes only what is meant', () => {
    const fired = historyEvent(EventType.TimerFired, { TimerId: 3 });
    store.post('a', 'old', fired, 50);
    store.post('a', 'new', fired, 50);
    store.post('a', null, raised('event'), 0);
    store.removeTimer('a', 3, 'new');
    expect(store.dueMessages('a', 50).map(({ executionId }) => executionId)).toEqual(['old', null]);
    store.removeExecutionInbox('a', 'old');
    expect(store.dueMessages('a', 50).map(({ executionId }) => executionId)).toEqual([null]);
  });

  it('keeps histories in order and marks them as played', () => {
    store.appendHistory('a', 0, [raised('1'), raised('2')]);
    store.appendHistory('a', 2, [raised('3')]);
    expect(store.history('a').map(({ Name, IsPlayed }) => [Name, IsPlayed])).toEqual([
      ['1', true],
      ['2', true],
      ['3', true],
    ]);
  });

  it('keeps activities until they are removed', () => {
    const work = { instanceId: 'a', executionId: 'e', step: 1, name: 'n', input: '{}' };
    const { rowId } = store.addWork(work);
    store.addWork({ ...work, instanceId: 'b' });
    expect(store.allWork()).toEqual([
      { rowId, ...work },
      { rowId: rowId + 1, ...work, instanceId: 'b' },
    ]);
    store.removeWork(rowId);
    store.removeWorkOf('b');
    expect(store.allWork()).toEqual([]);
  });
});
