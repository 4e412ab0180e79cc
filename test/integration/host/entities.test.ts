import { eventually, HostUnderTest } from './host-under-test.ts';

class EntityHost extends HostUnderTest {
  signal(entity: string, operation: string, input?: unknown) {
    const body = input === undefined ? null : JSON.stringify(input);
    return this.call(`/api/signal/${entity}/${operation}`, { method: 'POST', body });
  }

  async state(entity: string): Promise<unknown> {
    return (await this.call(`/api/state/${entity}`)).json;
  }

  /** Waits until an entity's state is this one. */
  async untilState(entity: string, expected: unknown): Promise<void> {
    let last: unknown;
    await eventually(async () => {
      last = await this.state(entity);
      return JSON.stringify(last) === JSON.stringify({ entityExists: true, entityState: expected }) ? true : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${entity} is ${JSON.stringify(last)}: ${String(error)}`);
    });
  }

  ask(entity: string, operation: string, value?: unknown): Promise<unknown> {
    return this.run('ask', { entity, operation, value });
  }
}

describe('entities in the host', () => {
  const host = new EntityHost('entities');
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  describe('operations', () => {
    it('are signalled and read by a client, with and without input', async () => {
      expect(await host.state('counter/c1')).toEqual({ entityExists: false });
      expect((await host.signal('counter/c1', 'add', 5)).status).toBe(204);
      await host.signal('counter/c1', 'add', 2);
      await host.untilState('counter/c1', 7);
      await host.signal('diary/d1', 'write');
      await host.untilState('diary/d1', [null]);
    });

    it('are called by an orchestrator, which gets their answers in order', async () => {
      expect(await host.run('addThrice', 'counter/c2')).toEqual([1, 3, 6]);
      expect(await host.ask('counter/c2', 'nothingOfThisName')).toEqual({ answer: 'nothing' });
    });

    it('know their entity; names in any case are one entity, keys are not', async () => {
      expect(await host.ask('Counter/Key', 'who')).toEqual({ answer: ['counter', 'Key', true] });
      await host.ask('COUNTER/Key', 'add', 1);
      expect(await host.ask('counter/Key', 'get')).toEqual({ answer: 1 });
      expect(await host.ask('counter/key', 'get')).toEqual({ answer: 0 });
    });

    it('take signals of one sender in the order in which they were sent', async () => {
      await host.run('signalMany', { entity: 'diary/d2', operation: 'write', count: 300 });
      await host.untilState(
        'diary/d2',
        Array.from({ length: 300 }, (_, value) => value),
      );
    });

    it('run one at a time', async () => {
      const ask = () => host.ask('exclusive/e', 'enter');
      await Promise.all(Array.from({ length: 20 }, ask));
      const notes = host.notes().filter((note) => note === 'in' || note === 'out');
      expect(notes).toEqual(Array.from({ length: 20 }, () => ['in', 'out']).flat());
    });

    it('answer a fan-out of calls', async () => {
      expect(await host.run('callMany', { entity: 'counter/c3', count: 1000 })).toBe(1000);
      expect(await host.ask('counter/c3', 'get')).toEqual({ answer: 1000 });
    });

    it('destruct their entity', async () => {
      await host.ask('counter/c4', 'add', 3);
      await host.ask('counter/c4', 'remove');
      expect(await host.state('counter/c4')).toEqual({ entityExists: false });
      expect(await host.ask('counter/c4', 'add', 1)).toEqual({ answer: 1 });
    });

    it('that return twice do not shift the answers of others', async () => {
      const answers = await Promise.all([host.ask('counter/c5', 'twice'), host.ask('counter/c5', 'get')]);
      expect(answers).toEqual([{ answer: 'first' }, { answer: 0 }]);
    });

    it('signal other entities, and may start orchestrations', async () => {
      await host.signal('relay/r', 'pass', { to: 'counter/relayed', value: 4 });
      await host.untilState('counter/relayed', 4);
      await host.signal('starter/s', 'begin');
      expect(await host.until('from-entity', 'Completed')).toMatchObject({ output: [1, 3, 6] });
    });

    it('to entities that the app has not are refused, fail or are dropped, and say so', async () => {
      expect((await host.signal('nobody/x', 'add')).status).toBe(500);
      expect(await host.ask('nobody/x', 'add')).toEqual({ error: expect.stringContaining("'nobody' doesn't exist") });
      await host.signal('relay/r', 'pass', { to: 'nobody/x', value: 1 });
      await eventually(() => host.lines.find((line) => line.includes("signal 'add' to '@nobody@x' is dropped")));
    });

    it('go on over continue-as-new, and answers that nobody waited for are no events', async () => {
      expect(await host.run('addForEver', { entity: 'counter/c6', rounds: 5 }, 'forever')).toBe('done');
      await host.untilState('counter/c6', 10);
      const { history } = await host.status('forever');
      const raised = (history as { EventType: string }[]).filter(({ EventType }) => EventType === 'EventRaised');
      expect(raised.length).toBeLessThanOrEqual(2);
    });
  });

  describe('a failing operation', () => {
    it('fails to its caller, and leaves neither state nor signals behind', async () => {
      await host.ask('counter/f1', 'add', 9);
      expect(await host.ask('counter/f1', 'spoil', 'spoiled on purpose')).toEqual({ error: 'spoiled on purpose' });
      expect(await host.ask('counter/f1', 'get')).toEqual({ answer: 9 });
      expect(await host.state('counter/spoiled')).toEqual({ entityExists: false });
      expect(host.lines.some((line) => line.includes("operation 'spoil' of entity '@counter@f1' failed"))).toBe(true);
    });

    it('does not make an entity', async () => {
      await host.ask('counter/f2', 'spoil', 'x');
      expect(await host.state('counter/f2')).toEqual({ entityExists: false });
    });
  });

  describe('locks', () => {
    it('keep others out, on two entities at once and asked for from both ends', async () => {
      await host.ask('counter/l1', 'add', 10);
      const ids = Array.from({ length: 8 }, (_, index) => `move-${index}`);
      const [a, b] = ['counter/l1', 'counter/l2'];
      await Promise.all(
        ids.map((id, index) => host.run('move', index % 2 ? { from: a, to: b } : { from: b, to: a }, id)),
      );
      const notes = host.notes().filter((note) => note.startsWith('move-'));
      const names = notes.map((note) => note.split(' ')[0]);
      expect(notes).toHaveLength(16);
      for (let index = 0; index < 16; index += 2) expect(names[index]).toBe(names[index + 1]);
      expect(await host.ask('counter/l1', 'get')).toEqual({ answer: 10 });
    });

    it('are released at the end by an orchestrator that forgot to, or that was terminated or purged', async () => {
      await host.run('move', { from: 'counter/l3', to: 'counter/l4', forgets: true });
      expect(await host.ask('counter/l3', 'add', 1)).toEqual({ answer: 0 });
      for (const end of ['terminate', 'purge']) {
        await host.begin('lockAndWait', `holder-${end}`, 'counter/l5');
        await eventually(async () =>
          (await host.status(`holder-${end}`)).customStatus === 'locked' ? true : undefined,
        );
        await host.begin('lockAndWait', `waiter-${end}`, 'counter/l5');
        await host.until(`waiter-${end}`, 'Running');
        const [path, method] = end === 'purge' ? ['', 'DELETE'] : ['/terminate', 'POST'];
        await host.webhook(`instances/holder-${end}${path}`, { method });
        await eventually(async () =>
          (await host.status(`waiter-${end}`)).customStatus === 'locked' ? true : undefined,
        );
        await host.post(`instances/waiter-${end}/raiseEvent/go`);
        expect(await host.until(`waiter-${end}`, 'Completed')).toMatchObject({ output: 'released' });
      }
    });

    it('are not given to one that ended while it waited', async () => {
      await host.begin('lockAndWait', 'first', 'counter/l6');
      await eventually(async () => ((await host.status('first')).customStatus === 'locked' ? true : undefined));
      await host.begin('lockAndWait', 'second', 'counter/l6 counter/l7');
      await host.until('second', 'Running');
      await host.webhook('instances/second/terminate', { method: 'POST' });
      await host.until('second', 'Terminated');
      await host.webhook('instances/first/terminate', { method: 'POST' });
      expect(await host.ask('counter/l6', 'add', 1)).toEqual({ answer: 1 });
      expect(await host.ask('counter/l7', 'add', 1)).toEqual({ answer: 1 });
    });

    it('have rules that the package holds', async () => {
      const violation = 'LockingRulesViolationError';
      expect(await host.run('breakRules')).toEqual([violation, violation, violation, violation]);
    });
  });

  it('a step on an entity that changed between replays is named', async () => {
    expect(await host.run('changing')).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining(
        "step 0 was 'call get' of entity '@counter@a' when it first ran and is now 'call add' of entity '@counter@a'",
      ),
    });
  });

  describe('the HTTP API', () => {
    it('reads, signals, deletes and lists by name, time and page', async () => {
      for (const key of ['p1', 'p2', 'p3']) await host.post(`entities/diary/${key}?op=write`, 1);
      await host.untilState('diary/p3', [1]);
      expect(await host.webhook('entities/diary/p1')).toMatchObject({ status: 200, json: [1] });
      expect((await host.webhook('entities/diary/none')).status).toBe(404);
      const from = '&lastOperationTimeFrom=2020-01-01T00:00:00Z';
      const first = await host.webhook(`entities/diary?top=2&fetchState=true${from}`);
      const token = first.headers.get('x-ms-continuation-token') ?? '';
      const rest = await host.webhook('entities/diary', { headers: { 'x-ms-continuation-token': token } });
      expect(first.json).toHaveLength(2);
      expect((first.json as { state: unknown }[])[0]?.state).toBeDefined();
      const keys = [...(first.json as []), ...(rest.json as [])].map(({ entityId: { key } }) => key);
      expect(keys).toEqual(expect.arrayContaining(['p1', 'p2', 'p3']));
      expect((await host.webhook('entities?lastOperationTimeTo=2020-01-01T00:00:00Z')).json).toEqual([]);
      const plain = (body: string, type: string) =>
        host.webhook('entities/diary/p4?op=write', { method: 'POST', headers: { 'content-type': type }, body });
      expect((await plain('{', 'application/json')).status).toBe(400);
      expect((await plain('{', 'text/plain')).status).toBe(202);
      await host.untilState('diary/p4', ['{']);
      expect((await host.webhook('entities/nobody/p1?op=write', { method: 'POST' })).status).toBe(400);
    });
  });
});

describe('entities of a host that is killed', () => {
  const host = new EntityHost('entities');
  afterEach(() => host.dispose());

  it('lose no operation, and count none twice', async () => {
    const ids = Array.from({ length: 20 }, (_, number) => `s${number}`);
    await host.start();
    await Promise.all(
      ids.map((id, index) => host.begin('stress', id, { entity: `counter/k${index % 2}`, rounds: 20 })),
    );
    await host.run('signalMany', { entity: 'counter/slow', operation: 'addSlowly', count: 40 });
    for (const delayMs of [20, 70, 10, 120, 40, 90]) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await host.process.kill();
      await host.start();
    }
    for (const id of ids) expect(await host.until(id, 'Completed')).toMatchObject({ output: 20 });
    await host.untilState('counter/k0', 400);
    await host.untilState('counter/k1', 400);
    await host.untilState('counter/slow', (39 * 40) / 2);
  });

  it('stay locked by the one that locked them, until it gives them back', async () => {
    await host.start();
    await host.begin('lockAndWait', 'holder', 'counter/l');
    await eventually(async () => ((await host.status('holder')).customStatus === 'locked' ? true : undefined));
    await host.signal('counter/l', 'add', 1);
    await host.process.kill();
    await host.start();
    expect(await host.state('counter/l')).toEqual({ entityExists: false });
    await host.post('instances/holder/raiseEvent/go');
    await host.untilState('counter/l', 1);
  });
});
