import type { RegisteredFunction } from '../../../../../local/host/app-model.ts';
import { parseSchedule, shortestIntervalMs } from '../../../../../local/host/timer/schedule.ts';
import { timerDefinition } from '../../../../../local/host/timer/timer-definition.ts';

function timer(options: Record<string, unknown>): RegisteredFunction {
  const bindings = { t: { type: 'timerTrigger', direction: 'in', ...options } };
  return { metadata: { name: 'tick', bindings }, callback: () => undefined };
}

describe('a timer’s schedule', () => {
  it('may be a time between runs', () => {
    const next = parseSchedule('00:05:00').next(new Date('2026-01-01T00:00:30Z'));
    expect(next?.toISOString()).toBe('2026-01-01T00:05:30.000Z');
  });

  it('knows its shortest interval', () => {
    const from = new Date('2026-01-01T00:00:00Z');
    expect(shortestIntervalMs(parseSchedule('0,1 * * * * *'), from)).toBe(1000);
    expect(shortestIntervalMs(parseSchedule('0 */5 * * * *'), from)).toBe(300_000);
  });

  it('takes settings for its placeholders', () => {
    const definition = timerDefinition(timer({ schedule: '0 %MINUTE% * * * *' }), { MINUTE: '7' });
    expect(definition?.scheduleText).toBe('0 7 * * * *');
  });

  it('names the setting that is missing', () => {
    expect(() => timerDefinition(timer({ schedule: '%NIGHTLY%' }), {})).toThrow(
      "schedule of timer 'tick': '%NIGHTLY%' names a setting that does not exist",
    );
  });

  it('catches up missed runs only from a minute on, and only when wanted', () => {
    const monitored = (options: Record<string, unknown>) => timerDefinition(timer(options), {})?.useMonitor;
    expect(monitored({ schedule: '0 * * * * *' })).toBe(true);
    expect(monitored({ schedule: '*/30 * * * * *' })).toBe(false);
    expect(monitored({ schedule: '0 * * * * *', useMonitor: false })).toBe(false);
  });

  it('refuses a timer that never runs', () => {
    expect(() => timerDefinition(timer({ schedule: '0 0 0 31 2 *' }), {})).toThrow("'0 0 0 31 2 *' never occurs");
  });
});
