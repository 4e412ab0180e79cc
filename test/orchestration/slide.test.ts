import type { OrchestrationContext } from 'durable-functions';
import { slide } from '../../src/orchestrators/slide.ts';
import { answers } from './answers.ts';
import { namesOf, run, Stepper } from './stepper.ts';

/** An orchestrator whose window is given a task that has ended before. */
function* slidesOverAnEndedTask(context: OrchestrationContext) {
  const early = context.df.callActivity('early');
  try {
    yield early;
  } catch {
    // Whether it failed is for the window to see.
  }
  const starts = [() => early, () => context.df.callActivity('late')];
  return yield* slide(context, 1, starts, (ended) => ended.isFaulted);
}

describe('slide', () => {
  it('does not wait for a task that has ended already', () => {
    const stepper = run(slidesOverAnEndedTask, null, answers({ early: null, late: null }));
    expect(namesOf(stepper)).toEqual(['early', 'late']);
    expect(stepper.output).toBe(false);
  });

  it('does not wait for a task that has failed already, and shows it like any other', () => {
    const lost = () => {
      throw new Error('lost');
    };
    const stepper = run(slidesOverAnEndedTask, null, answers({ early: lost, late: null }));
    expect(namesOf(stepper)).toEqual(['early']);
    expect(stepper.output).toBe(true);
  });

  it('has nothing to wait for without tasks', () => {
    function* empty(context: OrchestrationContext) {
      return yield* slide(context, 3, [], () => true);
    }
    expect(new Stepper(empty, null).output).toBe(false);
  });
});
