import { RunningInvocations } from '../../../../local/host/running-invocations.ts';

describe('RunningInvocations', () => {
  it('is idle when the last one has ended', async () => {
    const running = new RunningInvocations();
    await running.idle();
    const [one, other] = [running.begin('a', '1'), running.begin('b', '2')];
    let isIdle = false;
    const idle = running.idle().then(() => {
      isIdle = true;
    });
    running.end(one);
    await Promise.resolve();
    expect(isIdle).toBe(false);
    running.end(other);
    await idle;
    expect(isIdle).toBe(true);
  });

  it('tells of the invocation that runs over the limit', async () => {
    const running = new RunningInvocations();
    running.begin('overlong', '1');
    const late = await new Promise<{ functionName: string }>((resolve) => {
      running.watch(1, resolve);
      setTimeout(() => undefined, 5000).unref();
    });
    expect(late.functionName).toBe('overlong');
  });
});
