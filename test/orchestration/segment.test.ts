import { segmentOrchestrator } from '../../src/orchestrators/segment.ts';
import { type Call, Stepper } from './stepper.ts';

const WENT_ON = { stopped: false };

function segment(first: number, last: number, window: number): Stepper {
  return new Stepper(segmentOrchestrator, { transfer: 'abc', segment: 1, first, last, window });
}

function openPaths(stepper: Stepper): (string | undefined)[] {
  return stepper.open.map(({ instanceId }) => instanceId?.split(':').at(-1));
}

describe('segmentOrchestrator', () => {
  it('starts its batches in order, with ids only, under names derived from the transfer', () => {
    const stepper = segment(21, 23, 3);
    expect(stepper.calls.map(({ name, input, instanceId }) => [name, input, instanceId])).toEqual(
      ['b0021', 'b0022', 'b0023'].map((path) => ['batch', { transfer: 'abc', path }, `batch:abc:${path}`]),
    );
  });

  it.each([1, 2, 3, 5, 20, 30])('never has more than %d running and starts the next as one ends', (window) => {
    const stepper = segment(1, 20, window);
    for (let ended = 0; !stepper.isDone; ended++) {
      expect(stepper.open).toHaveLength(Math.min(window, 20 - ended));
      // Another one each time: first, last, something in between.
      stepper.complete(stepper.open[(ended * 7) % stepper.open.length] as Call, WENT_ON);
    }
    expect(stepper.calls).toHaveLength(20);
    expect(new Set(stepper.calls.map(({ instanceId }) => instanceId)).size).toBe(20);
    expect(stepper.output).toEqual({ stopped: false });
  });

  it('starts no further batch after one was stopped, and awaits those that run', () => {
    const stepper = segment(1, 20, 3);
    stepper.complete(stepper.open[1] as Call, { stopped: true });
    expect(openPaths(stepper)).toEqual(['b0001', 'b0003']);
    stepper.complete(stepper.open[0] as Call, WENT_ON);
    expect(stepper.isDone).toBe(false);
    stepper.complete(stepper.open[0] as Call, WENT_ON);
    expect(stepper.output).toEqual({ stopped: true });
    expect(stepper.calls).toHaveLength(3);
  });

  it('goes on with the other batches when one throws', () => {
    const stepper = segment(1, 4, 2);
    stepper.fail(stepper.open[0] as Call, new Error('lost'));
    expect(openPaths(stepper)).toEqual(['b0002', 'b0003']);
    for (const _ of [2, 3, 4]) stepper.fail(stepper.open[0] as Call, new Error('lost'));
    expect(stepper.output).toEqual({ stopped: false });
    expect(stepper.error).toBeUndefined();
  });
});
