import type { ChildProcess } from 'node:child_process';
import type { SubscriptionInput } from '../event-grid/subscription.ts';

/** What is asked of the emulators' process over its channel, and what it answers. */
export interface SubscribeRequest {
  subscribe: SubscriptionInput;
}
export interface SubscribeAnswer {
  /** Name of the subscription. */
  subscribed: string;
  /** Why it was not made. */
  error?: string;
}

/** Makes a subscription in the emulators' process. Rejects with what its Event Grid said against it. */
export function askToSubscribe(child: ChildProcess, subscription: SubscriptionInput): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onExit = () => reject(new Error('The local cloud has ended.'));
  const onMessage = (message: unknown) => {
    const { subscribed, error } = message as Partial<SubscribeAnswer>;
    if (subscribed !== subscription.name) return;
    if (error === undefined) resolve();
    else reject(new Error(error));
  };
  child.once('exit', onExit).on('message', onMessage);
  child.send({ subscribe: subscription } satisfies SubscribeRequest, (error) => error && reject(error));
  return promise.finally(() => child.off('exit', onExit).off('message', onMessage));
}

/** The other end: makes the subscriptions that this process is asked for, and answers each. */
export function answerSubscribing(subscribe: (subscription: SubscriptionInput) => Promise<void>): void {
  process.on('message', (message) => {
    const { subscribe: asked } = message as Partial<SubscribeRequest>;
    if (asked === undefined) return;
    const answer = (error?: string) =>
      process.send?.({ subscribed: asked.name, ...(error === undefined ? {} : { error }) } satisfies SubscribeAnswer);
    subscribe(asked).then(
      () => answer(),
      (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
    );
  });
}
