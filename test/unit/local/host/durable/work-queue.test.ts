import { WorkQueue } from '../../../../../local/host/durable/work-queue.ts';

const item = (rowId: number, instanceId = 'i') => ({
  rowId,
  instanceId,
  executionId: 'e',
  step: 0,
  name: 'a',
  input: '1',
});

describe('WorkQueue', () => {
  it('gives what came first, however much there was', () => {
    const queue = new WorkQueue();
    for (let rowId = 0; rowId < 5000; rowId++) queue.push(item(rowId));
    const taken = Array.from({ length: 5000 }, () => queue.shift()?.rowId);
    expect(taken).toEqual(Array.from({ length: 5000 }, (_, rowId) => rowId));
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('removes what belongs to one instance', () => {
    const queue = new WorkQueue();
    for (const [rowId, instanceId] of [...'abcab'].entries()) queue.push(item(rowId, instanceId));
    queue.shift();
    queue.remove('b');
    expect(queue.length).toBe(2);
    expect([queue.shift()?.rowId, queue.shift()?.rowId, queue.shift()?.rowId]).toEqual([2, 3, undefined]);
  });

  it('takes out the activities of some steps of an instance', () => {
    const queue = new WorkQueue();
    const item = (instanceId: string, step: number) => ({
      ...{ rowId: step, instanceId, executionId: 'e', step },
      ...{ name: 'n', input: 'null' },
    });
    for (const one of [item('a', 1), item('a', 2), item('b', 2)]) queue.push(one);
    queue.remove('a', new Set([2]));
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([item('a', 1), item('b', 2), undefined]);
  });
});
