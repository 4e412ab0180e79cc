import { MAX_WEBHOOK_TRIES } from '../../src/domain/webhook/webhook.ts';
import { notifyOrchestrator } from '../../src/orchestrators/notify.ts';
import { answers, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const INPUT = { kind: 'transfer', id: 'abc', end: 1 } as const;
const FAILED = ok({ done: false, retryAfterMs: 0 });
const DONE = ok({ done: true, retryAfterMs: 0 });

describe('notifyOrchestrator', () => {
  it('ends when it has told', () => {
    const stepper = run(notifyOrchestrator, INPUT, answers({ sendWebhook: DONE }));
    expect(namesOf(stepper)).toEqual(['sendWebhook']);
    expect(stepper.calls[0]?.input).toEqual({ ...INPUT, tries: 1, last: false });
    expect(stepper.output).toEqual({ tries: 1, done: true });
  });

  it('tries again by durable timers, also when the try itself could not be made', () => {
    const table = { sendWebhook: [FAILED, refused(), DONE] };
    const stepper = run(notifyOrchestrator, INPUT, answers(table));
    expect(namesOf(stepper)).toEqual(['sendWebhook', 'timer', 'sendWebhook', 'timer', 'sendWebhook']);
    const tries = stepper.calls.filter(({ name }) => name === 'sendWebhook').map(({ input }) => input);
    expect(tries).toEqual([1, 2, 3].map((number) => ({ ...INPUT, tries: number, last: false })));
    expect(stepper.output).toEqual({ tries: 3, done: true });
  });

  it('gives up after a day, with a history that is bounded', () => {
    const stepper = run(notifyOrchestrator, INPUT, answers({ sendWebhook: FAILED }));
    const sent = stepper.calls.filter(({ name }) => name === 'sendWebhook');
    expect(sent).toHaveLength(MAX_WEBHOOK_TRIES);
    expect(sent.map(({ input }) => (input as { last: boolean }).last).lastIndexOf(false)).toBe(MAX_WEBHOOK_TRIES - 2);
    expect(stepper.output).toEqual({ tries: MAX_WEBHOOK_TRIES, done: false });
  });
});
