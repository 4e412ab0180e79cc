import { type Answer, eventually, HostUnderTest } from './host-under-test.ts';

describe('sample apps in the host', () => {
  const host = new HostUnderTest('samples');
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  const start = (path: string, input?: unknown) => {
    const body = input === undefined ? null : JSON.stringify(input);
    return host.call(`/api/orchestrators/${path}`, { method: 'POST', body });
  };
  const outputOf = async (name: string, input?: unknown) => (await start(`wait/${name}`, input)).json;
  const idOf = ({ json }: Answer) => (json as { id: string }).id;
  const say = (id: string, event: string, value: unknown) => host.post(`instances/${id}/raiseEvent/${event}`, value);

  describe('starters', () => {
    it('answer with addresses by which the instance is watched and steered', async () => {
      const answer = await start('verifyPerson', { phone: '1', limitMs: 3_600_000 });
      expect(answer).toMatchObject({ status: 202 });
      const { statusQueryGetUri, terminatePostUri } = answer.json as Record<string, string>;
      expect(answer.headers.get('location')).toBe(statusQueryGetUri);
      expect(new URL(statusQueryGetUri ?? '').port).toBe(String(host.process.port));
      await fetch((terminatePostUri ?? '').replace('{text}', 'enough'), { method: 'POST' });
      await host.until(idOf(answer), 'Terminated');
      expect((await fetch(statusQueryGetUri ?? '')).status).toBe(200);
    });

    it('that wait answer with the output, with the failure, or with addresses when it takes too long', async () => {
      expect(await start('wait/greetOne', 'Rome')).toMatchObject({ status: 200, text: '"Good day, Rome"' });
      expect(await start('wait/alwaysThrows', 'x')).toMatchObject({
        status: 500,
        json: { runtimeStatus: 'Failed', output: expect.stringContaining('throws for x') },
      });
      const late = await start('wait/waitForYears?timeoutMs=100');
      expect(late).toMatchObject({ status: 202, json: { id: expect.any(String) } });
      await host.webhook(`instances/${idOf(late)}/terminate`, { method: 'POST' });
    });
  });

  describe('greetings', () => {
    it.each([
      ['greetThree', undefined, ['Good day, Oslo', 'Good day, Lagos', 'Good day, Quito']],
      ['greetAndShow', 'Bern', 'Good day, Bern'],
      ['greetThroughChild', 'Kiel', 'Good day, Kiel'],
      ['shoutTwice', 'hey', ['HEY', 'AGAIN']],
      ['shoutThroughChild', 'ho', ['HO', 'AGAIN']],
    ])('%s of %p', async (name, input, expected) => {
      expect(await outputOf(name, input)).toEqual(expected);
    });

    it('show a status of their own', async () => {
      const id = idOf(await start('greetAndShow', 'Graz'));
      expect(await host.until(id, 'Completed')).toMatchObject({ customStatus: { greeting: 'Good day, Graz' } });
    });
  });

  describe('failures', () => {
    it.each([
      ['giveUpOnActivity', "gave up: Activity function 'neverWorks' failed: try 2 did not work"],
      ['giveUpOnChild', 'gave up on the child'],
      ['explainFailure', { name: 'TaskFailedError', type: 'RangeError', properties: { part: 7 } }],
      ['oneOfThreeFails', [true, true]],
      ['firstFails', [true, true]],
    ])('%s', async (name, expected) => {
      expect(await outputOf(name)).toEqual(expected);
    });
  });

  describe('waiting', () => {
    it('a canceled deadline keeps nobody', async () => {
      expect(await outputOf('cancelDeadline')).toBe('Good day, in time');
    });

    it('counts up over executions', async () => {
      expect(await outputOf('countUp', { value: 0, limit: 10, pauseMs: 5 })).toBe(10);
    });

    it('watches until it is there, or until the time is over', async () => {
      expect(await outputOf('watch', { looksNeeded: 3, pauseMs: 10, limitMs: 60_000 })).toEqual({
        seen: true,
        count: 3,
      });
      expect(await outputOf('watch', { looksNeeded: 1e9, pauseMs: 50, limitMs: 100 })).toMatchObject({ seen: false });
    });

    it('a person is verified who says the code, within three attempts and the time', async () => {
      const ask = async (limitMs: number) => idOf(await start('verifyPerson', { phone: '42', limitMs }));
      const right = await ask(3_600_000);
      await say(right, 'said', 'wrong');
      await say(right, 'said', 'code for 42');
      expect(await host.until(right, 'Completed')).toMatchObject({ output: true });
      const wrong = await ask(3_600_000);
      for (let attempt = 0; attempt < 3; attempt++) await say(wrong, 'said', 'wrong');
      expect(await host.until(wrong, 'Completed')).toMatchObject({ output: false });
      expect(await host.until(await ask(30), 'Completed')).toMatchObject({ output: false });
    });

    it('a timer of twenty years is one timer, and goes when it is canceled', async () => {
      const id = idOf(await start('waitForYears'));
      await host.until(id, 'Running');
      await say(id, 'enough', 'for now');
      const { output, history } = await host.until(id, 'Completed');
      expect(output).toBe('for now');
      const timers = (history as { EventType: string }[]).filter(({ EventType }) => EventType === 'TimerCreated');
      expect(timers).toHaveLength(1);
    });
  });

  describe('a tally', () => {
    it('is counted by callers and told', async () => {
      const tally = () => host.call('/api/tally/one');
      expect((await tally()).json).toEqual({ value: null });
      for (let count = 0; count < 3; count++) await host.call('/api/tally/one', { method: 'POST' });
      await eventually(async () => ((await tally()).text === '{"value":3}' ? true : undefined));
    });

    it('is counted by an orchestrator up to ten', async () => {
      const seen: unknown[] = [];
      for (let count = 0; count < 12; count++) seen.push(await outputOf('addBelowTen', 'two'));
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
    });
  });

  it('a basket is filled and emptied, and what is in it costs what it costs', async () => {
    expect(await outputOf('goShopping', 'anna')).toBe(10 * 2 + 2 * 15);
  });

  describe.each(['payAndRelease', 'payUsing'])('%s', (name) => {
    const balances = async (...keys: string[]) => {
      const read = (key: string) => host.webhook(`entities/purse/${name}-${key}`);
      return Promise.all(keys.map(async (key) => (await read(key)).json ?? 0));
    };
    const pay = (from: string, to: string, more: object = {}) =>
      outputOf(name, { from: `${name}-${from}`, to: `${name}-${to}`, amount: 60, ...more });

    it('pays once where there is enough for one of many that ask at the same time', async () => {
      await host.post(`entities/purse/${name}-a?op=add`, 100);
      await eventually(async () => ((await balances('a'))[0] === 100 ? true : undefined));
      const outputs = await Promise.all(['b', 'c', 'd', 'e'].map((to) => pay('a', to)));
      expect(outputs.filter((output) => (output as { paid: boolean }).paid)).toHaveLength(1);
      const [left, ...others] = await balances('a', 'b', 'c', 'd', 'e');
      expect([left, others.filter((balance) => balance === 60).length]).toEqual([40, 1]);
    });

    it('gives the locks back when it breaks while it holds them', async () => {
      await host.post(`entities/purse/${name}-f?op=add`, 60);
      await eventually(async () => ((await balances('f'))[0] === 60 ? true : undefined));
      expect(await pay('f', 'g', { breaks: true })).toMatchObject({
        runtimeStatus: 'Failed',
        output: expect.stringContaining('broken while locked'),
      });
      expect(await pay('f', 'g')).toMatchObject({ paid: true });
      expect(await balances('f', 'g')).toEqual([0, 60]);
    });
  });

  it.each([
    ['the default version of host.json', '', { version: '1.0', way: 'the old way', children: ['0.9', '1.0'] }],
    ['a version of its own', '?version=2.0', { version: '2.0', way: 'the new way', children: ['0.9', '1.0'] }],
  ])('an orchestration has %s, and its children theirs', async (_what, query, expected) => {
    expect((await start(`wait/goByVersion${query}`)).json).toEqual(expected);
  });

  describe('queries', () => {
    it('find instances by time of creation, state and beginning of the id', async () => {
      await host.run('greetOne', 'x', 'q-first');
      await new Promise((resolve) => setTimeout(resolve, 5));
      const between = new Date().toISOString();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await host.run('alwaysThrows', 'x', 'q-second');
      const find = async (query: string) =>
        ((await host.webhook(`instances/?instanceIdPrefix=q-&${query}`)).json as { instanceId: string }[]).map(
          ({ instanceId }) => instanceId,
        );
      expect(await find(`createdTimeTo=${between}`)).toEqual(['q-first']);
      expect(await find(`createdTimeFrom=${between}`)).toEqual(['q-second']);
      expect(await find('runtimeStatus=Failed,Running')).toEqual(['q-second']);
      const gone = await host.webhook(`instances/?createdTimeFrom=${between}&runtimeStatus=Failed`, {
        method: 'DELETE',
      });
      expect(gone.json).toEqual({ instancesDeleted: 1 });
      expect(await find('')).toEqual(['q-first']);
    });
  });
});
