import { eventually, HostUnderTest } from './host-under-test.ts';

describe('rewinding in the host', () => {
  const host = new HostUnderTest('app');
  beforeAll(() => host.start());
  afterAll(() => host.dispose());

  const fix = (id: string) => host.run('fix', id);
  const count = (note: string) => host.notes().filter((one) => one === note).length;

  async function failed(name: string, id: string): Promise<void> {
    await host.begin(name, id);
    expect(await host.until(id, 'Failed')).toMatchObject({ output: expect.stringContaining('is broken') });
  }

  it('runs what failed again, and nothing else', async () => {
    await failed('fixable', 'w1');
    await fix('w1');
    expect((await host.operate('rewind', 'w1')).status).toBe(200);
    expect(await host.until('w1', 'Completed')).toMatchObject({
      output: ['w1-before counted', 'w1 works', 'w1-after counted'],
    });
    expect([count('counted w1-before'), count('tried w1'), count('counted w1-after')]).toEqual([1, 2, 1]);
  });

  it('fails again where nothing was mended, and may be tried once more', async () => {
    await failed('fixable', 'w2');
    await host.operate('rewind', 'w2');
    await eventually(() => (count('tried w2') === 2 ? true : undefined));
    await host.until('w2', 'Failed');
    await fix('w2');
    await host.operate('rewind', 'w2');
    await host.until('w2', 'Completed');
    expect([count('counted w2-before'), count('tried w2')]).toEqual([1, 3]);
  });

  it('keeps what came for the instance since: answers, timers and events', async () => {
    await failed('fixableAll', 'w3');
    await eventually(async () => (count('counted w3-beside') === 1 ? true : undefined));
    await fix('w3');
    await host.operate('rewind', 'w3');
    await host.post('instances/w3/raiseEvent/go', 'the event');
    expect(await host.until('w3', 'Completed')).toMatchObject({
      output: ['w3 works', 'w3-beside counted', 60, null, 'the event'],
    });
    expect(count('counted w3-beside')).toBe(1);
  });

  it('gives a call with retries its last try again', async () => {
    await failed('fixableRetries', 'w4');
    expect(count('tried w4')).toBe(3);
    await fix('w4');
    await host.operate('rewind', 'w4');
    expect(await host.until('w4', 'Completed')).toMatchObject({ output: ['w4 works', 15, 'w4-after counted'] });
    expect(count('tried w4')).toBe(4);
  });

  it('rewinds the sub-orchestration that failed', async () => {
    await failed('fixableParent', 'w5');
    await fix('w5-child');
    await host.operate('rewind', 'w5');
    const { output } = await host.until('w5', 'Completed');
    expect(output).toEqual([
      'w5-before counted',
      ['w5-child-before counted', 'w5-child works', 'w5-child-after counted'],
    ]);
    expect([count('counted w5-before'), count('counted w5-child-before')]).toEqual([1, 1]);
  });

  it('takes the answer of a sub-orchestration that was rewound before', async () => {
    await failed('fixableParent', 'w9');
    await fix('w9-child');
    await host.operate('rewind', 'w9-child');
    await host.until('w9-child', 'Completed');
    expect((await host.status('w9')).runtimeStatus).toBe('Failed');
    await host.operate('rewind', 'w9');
    await host.until('w9', 'Completed');
    expect([count('counted w9-child-before'), count('tried w9-child')]).toEqual([1, 2]);
  });

  it('starts the sub-orchestration anew that is not there any more', async () => {
    await failed('fixableParent', 'w6');
    await host.operate('purge', 'w6-child');
    await fix('w6-child');
    await host.operate('rewind', 'w6');
    await host.until('w6', 'Completed');
    expect([count('counted w6-before'), count('counted w6-child-before')]).toEqual([1, 2]);
  });

  it('gives no step the answer of a forgotten one that had its number, be it there already or on its way', async () => {
    await failed('fixableTidy', 'w8');
    await eventually(() => (count('counted w8-late') === 1 ? true : undefined));
    await fix('w8');
    await host.operate('rewind', 'w8');
    expect(await host.until('w8', 'Completed')).toMatchObject({ output: ['one', 'two', 'three', 'four'] });
    expect(count('counted w8-later')).toBe(1);
  });

  it('holds over a kill', async () => {
    await failed('fixableAll', 'w7');
    await fix('w7');
    await host.operate('rewind', 'w7');
    await host.process.kill();
    await host.start();
    await host.post('instances/w7/raiseEvent/go', 1);
    expect(await host.until('w7', 'Completed')).toMatchObject({
      output: ['w7 works', 'w7-beside counted', 60, null, 1],
    });
  });

  it('is refused for instances that run, that ended otherwise, and that are not there', async () => {
    await host.begin('raceTimer', 'running', 3_600_000);
    await host.run('fan', 1, 'completed');
    const rewind = async (id: string) => (await host.post(`instances/${id}/rewind?reason=x`)).status;
    expect([await rewind('running'), await rewind('completed'), await rewind('none')]).toEqual([412, 410, 404]);
    expect((await host.operate('rewind', 'running')).json).toEqual({ message: expect.stringContaining('only') });
  });
});
