import { HostUnderTest } from './host-under-test.ts';

describe('Durable Functions in the host', () => {
  const host = new HostUnderTest('app');
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  describe('steps', () => {
    it('hand every kind of value to activities and back', async () => {
      const values = ['text', '"quoted"', 5, 0.5, true, null, [1, 'a'], { deep: { a: 1 } }];
      expect(await host.run('values', { a: 'input' })).toMatchObject({ results: values, input: { a: 'input' } });
    });

    it('run side by side under Task.all', async () => {
      expect(await host.run('fan', 500)).toBe((499 * 500) / 2);
    });

    it('follow one another', async () => {
      expect(await host.run('chain', 30)).toBe(30);
    });

    it('tell an activity which instance it belongs to, whatever its id looks like', async () => {
      expect(await host.run('identity', undefined, '12345')).toEqual(['12345', '12345', null]);
    });
  });

  describe('retries', () => {
    it('end with the first success', async () => {
      expect(await host.run('retrying')).toBe(3);
    });

    it('end with the last failure after all attempts', async () => {
      expect(await host.run('retryFails', undefined, 'rf')).toBe("Activity function 'failing' failed: failed rf");
      expect(host.notes().filter((note) => note === 'failing rf')).toHaveLength(3);
    });

    it('end early when their time is over, with the same failure', async () => {
      expect(await host.run('retryTimesOut', undefined, 'rt')).toBe("Activity function 'failing' failed: failed rt");
      expect(host.notes().filter((note) => note === 'failing rt')).toHaveLength(1);
    });

    it('go on beside the branch that won a race, without mixing up answers', async () => {
      expect(await host.run('retryInRace', undefined, 'race')).toEqual(['quick', 'after']);
    });

    it('start a sub-orchestration again', async () => {
      expect(await host.run('retriedChild')).toBe('failed twice');
    });
  });

  describe('sub-orchestrations', () => {
    it('have a parent, an id of their own or a given one, and fail to their parent', async () => {
      const result = (await host.run('parent', undefined, 'p')) as Record<string, unknown>;
      expect(result).toEqual({
        own: [1, expect.stringMatching(/^[0-9a-f]{32}:0$/), 'p'],
        named: [2, 'p-named', 'p'],
        failure: "Orchestrator function 'failingChild' failed: Activity function 'failing' failed: failed child",
        unknown: expect.stringContaining("'noSuchOrchestrator' doesn't exist"),
      });
    });
  });

  describe('timers and events', () => {
    it('wake an orchestrator when the time has come', async () => {
      expect(await host.run('sleepUntil', 100)).toBe('awake');
      expect(await host.run('sleepUntil', -1000)).toBe('awake');
    });

    it('race: the timer wins when no event comes', async () => {
      expect(await host.run('raceTimer', 50)).toBe('timeout');
    });

    it('race: an event wins, and the timer that was canceled does not fire', async () => {
      await host.begin('raceTimer', 'r1', 3_600_000);
      await host.until('r1', 'Running');
      expect((await host.operate('raise', 'r1', { name: 'go', value: { v: 1 } })).status).toBe(200);
      expect(await host.until('r1', 'Completed')).toMatchObject({ output: { v: 1 } });
    });

    it('take an event that came before anybody waited, and one without data', async () => {
      await host.begin('raceTimer', 'r2', 3_600_000);
      await host.operate('raise', 'r2', { name: 'go' });
      expect(await host.until('r2', 'Completed')).toMatchObject({ output: 'no data' });
    });

    it('refuse a name that is a number, and data that is no JSON', async () => {
      await host.begin('raceTimer', 'r3', 3_600_000);
      const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
      expect((await host.webhook('instances/r3/raiseEvent/0', { ...init, body: '1' })).status).toBe(400);
      expect((await host.webhook('instances/r3/raiseEvent/go', { ...init, body: '{' })).status).toBe(400);
      expect((await host.webhook('instances/none/raiseEvent/go', { ...init, body: '1' })).status).toBe(404);
      await host.operate('terminate', 'r3');
    });
  });

  describe('continue-as-new', () => {
    it('goes round and round with a fresh history', async () => {
      expect(await host.run('countDown', 40, 'cd')).toBe('done');
      const { history } = await host.status('cd');
      expect((history as { EventType: string }[]).map(({ EventType }) => EventType)).toEqual([
        'ExecutionStarted',
        'TaskCompleted',
        'ExecutionCompleted',
      ]);
    });

    it('loses none of the events that come at once, and keeps their order', async () => {
      const data = Array.from({ length: 20 }, (_, value) => value);
      await host.begin('eternal', 'e1', { left: data.length, seen: [] });
      await host.operate('suspend', 'e1');
      await host.until('e1', 'Suspended');
      for (const value of data) await host.operate('raise', 'e1', { name: 'next', value });
      await host.operate('resume', 'e1');
      expect(await host.until('e1', 'Completed')).toMatchObject({ output: data });
    });
  });

  describe('what an instance tells', () => {
    it('is its custom status, input, output and history', async () => {
      await host.begin('status', 's1', { an: 'input' });
      expect(await host.until('s1', 'Running')).toMatchObject({ customStatus: { stage: 1 }, input: { an: 'input' } });
      await host.operate('raise', 's1', { name: 'next' });
      await host.operate('raise', 's1', { name: 'next' });
      expect(await host.until('s1', 'Completed')).toMatchObject({ customStatus: 'second', output: 'done' });
      const { json } = await host.operate('status', 's1');
      expect(json).toMatchObject({ name: 'status', instanceId: 's1', runtimeStatus: 'Completed', output: 'done' });
    });

    it('is found by state and by page', async () => {
      await Promise.all([1, 2, 3].map((number) => host.run('fan', 1, `page-${number}`)));
      const first = await host.webhook('instances/?instanceIdPrefix=page-&top=2');
      const token = first.headers.get('x-ms-continuation-token') ?? '';
      const second = await host.webhook('instances/?instanceIdPrefix=page-&top=2', {
        headers: { 'x-ms-continuation-token': token },
      });
      const ids = [...(first.json as []), ...(second.json as [])].map(({ instanceId }) => instanceId);
      expect(ids).toEqual(['page-1', 'page-2', 'page-3']);
      expect(second.headers.get('x-ms-continuation-token')).toBe('');
      expect((await host.operate('by', 'Completed')).json).toEqual(expect.arrayContaining(ids));
      expect((await host.operate('by', 'Failed')).json).not.toEqual(expect.arrayContaining(['page-1']));
    });
  });

  describe('management', () => {
    it('suspends and resumes', async () => {
      await host.begin('raceTimer', 'm1', 3_600_000);
      await host.until('m1', 'Running');
      await host.operate('suspend', 'm1');
      await host.until('m1', 'Suspended');
      await host.operate('raise', 'm1', { name: 'go', value: 1 });
      expect((await host.status('m1')).runtimeStatus).toBe('Suspended');
      await host.operate('resume', 'm1');
      expect(await host.until('m1', 'Completed')).toMatchObject({ output: 1 });
    });

    it('terminates, and then takes nothing more', async () => {
      await host.begin('raceTimer', 'm2', 3_600_000);
      await host.operate('terminate', 'm2');
      expect(await host.until('m2', 'Terminated')).toMatchObject({ output: 'enough' });
      expect((await host.webhook('instances/m2/terminate', { method: 'POST' })).status).toBe(410);
      expect((await host.webhook('instances/m2/suspend', { method: 'POST' })).status).toBe(410);
    });

    it('purges one instance, and many', async () => {
      await host.run('fan', 1, 'gone');
      expect((await host.operate('purge', 'gone')).json).toEqual({ instancesDeleted: 1 });
      expect((await host.operate('purge', 'gone')).json).toEqual({ instancesDeleted: 0 });
      expect((await host.webhook('instances/gone')).status).toBe(404);
      await host.begin('raceTimer', 'stays', 3_600_000);
      await host.operate('terminate', 'm3');
      await host.run('badYield', undefined, 'failed-1');
      const purged = (await host.operate('purgeBy', 'Failed')).json as { instancesDeleted: number };
      expect(purged.instancesDeleted).toBeGreaterThan(0);
      expect((await host.webhook('instances/failed-1')).status).toBe(404);
      expect((await host.webhook('instances/stays')).status).toBe(202);
    });

    it('refuses an id that is in use, and starts anew one that has ended', async () => {
      await host.begin('raceTimer', 'u1', 3_600_000);
      expect(await host.begin('fan', 'u1', 1)).toMatchObject({
        status: 400,
        json: { Message: expect.stringMatching(/'u1' already exists and is (Pending|Running)/) },
      });
      await host.operate('terminate', 'u1');
      await host.until('u1', 'Terminated');
      expect(await host.run('fan', 3, 'u1')).toBe(3);
      const restarted = await host.webhook('instances/u1/restart?restartWithNewInstanceId=false', { method: 'POST' });
      expect(restarted.status).toBe(202);
      expect(await host.until('u1', 'Completed')).toMatchObject({ output: 3 });
    });

    it('refuses unknown orchestrators and ids that fit in no URL', async () => {
      expect((await host.begin('nowhere', 'x')).status).toBe(400);
      expect((await host.begin('fan', 'a%2Fb')).status).toBe(400);
      expect((await host.webhook('instances/none')).status).toBe(404);
      expect((await host.webhook('instances/?runtimeStatus=Asleep')).status).toBe(400);
    });

    it('hands out URLs that work with their key, and asks for one', async () => {
      const { json } = await host.call('/api/start/fan/link', { method: 'POST', body: '2' });
      const { statusQueryGetUri } = json as { statusQueryGetUri: string };
      expect((await fetch(statusQueryGetUri)).status).toBeLessThan(300);
      expect((await fetch(statusQueryGetUri.replace(/code=[^&]+/, 'code=wrong'))).status).toBe(401);
      expect((await host.call('/runtime/webhooks/durabletask/instances/link')).status).toBe(401);
      expect((await host.call('/durabletask/instances/link')).status).toBe(404);
      expect((await host.call('/api/wait/link')).json).toBe(1);
    });
  });

  describe('failures', () => {
    it.each([
      ['throwing', "Orchestrator function 'throwing' failed: thrown by the orchestrator"],
      ['badYield', 'Only Task types can be yielded'],
    ])('of %s are its output', async (name, message) => {
      expect(await host.run(name)).toMatchObject({ runtimeStatus: 'Failed', output: expect.stringContaining(message) });
    });

    it('name the orchestrator and the step that changed between replays', async () => {
      expect(await host.run('changing', undefined, 'c1')).toMatchObject({
        runtimeStatus: 'Failed',
        output: expect.stringMatching(
          /'changing' \(instance 'c1'\): step 0 was activity 'echoActivity' when it first ran and is now activity 'slow'/,
        ),
      });
    });

    it('name the step that is not reached any more', async () => {
      expect(await host.run('shrinking')).toMatchObject({
        runtimeStatus: 'Failed',
        output: expect.stringContaining('step 1 was a timer when it first ran and is not reached any more'),
      });
    });
  });
});
