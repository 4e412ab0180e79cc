import { keepUp, type Part } from '../../../../local/app/keep-up.ts';

interface FakePart extends Part {
  name: string;
  stopped: boolean;
  die(): void;
}

function fakePart(name: string): FakePart {
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  return {
    name,
    stopped: false,
    exited,
    die: resolve,
    async stop() {
      this.stopped = true;
      resolve();
    },
  };
}

/** Keeps a part up whose followers are started when the test lets them. */
function keep(giveUpWithinMs: number) {
  const started: FakePart[] = [fakePart('first')];
  const gates: (() => void)[] = [];
  const [first] = started;
  if (!first) throw new Error('no part');
  const kept = keepUp({
    first,
    async startAgain(ended: FakePart) {
      await new Promise<void>((resolve) => gates.push(resolve));
      const next = fakePart(`after ${ended.name}`);
      started.push(next);
      return next;
    },
    giveUpWithinMs,
    describeEnd: () => 'it died twice',
  });
  return { kept, started, gates, first };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a part that is kept up', () => {
  it('has another one in its place when it dies, made of the one that died', async () => {
    const { kept, first, gates } = keep(0);
    first.die();
    await tick();
    gates.shift()?.();
    await tick();
    expect(kept.current.name).toBe('after first');
    await kept.stop();
    expect(kept.current.stopped).toBe(true);
  });

  it('is given up when it dies twice in short order', async () => {
    const { kept, first, gates } = keep(60_000);
    first.die();
    await tick();
    gates.shift()?.();
    await tick();
    kept.current.die();
    await expect(kept.failed).rejects.toThrow('it died twice');
  });

  it('is not started again when it is stopped', async () => {
    const { kept, first, started } = keep(0);
    await kept.stop();
    await tick();
    expect([first.stopped, started.length]).toEqual([true, 1]);
  });

  it('that could not be started again says so once, and can be stopped', async () => {
    const first = fakePart('first');
    const startAgain = async () => {
      throw new Error('no port');
    };
    const kept = keepUp({ first, startAgain, giveUpWithinMs: 0, describeEnd: () => '' });
    first.die();
    await expect(kept.failed).rejects.toThrow('no port');
    await kept.stop();
  });

  it('that is being started again while it is stopped leaves nothing behind', async () => {
    const { kept, first, started, gates } = keep(0);
    first.die();
    await tick();
    const stopped = kept.stop();
    gates.shift()?.();
    await stopped;
    expect(started.map(({ stopped: isStopped }) => isStopped)).toEqual([false, true]);
  });
});
