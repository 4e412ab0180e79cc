import { type RegisteredFunction, textOption, triggerOf } from '../app-model.ts';
import { HostStartError, messageOf } from '../errors.ts';
import { resolveSettings, type Settings } from '../settings.ts';
import { parseSchedule, type Schedule, shortestIntervalMs } from './schedule.ts';

/** A timer function with its schedule. */
export interface TimerDefinition {
  fn: RegisteredFunction;
  bindingName: string;
  scheduleText: string;
  schedule: Schedule;
  runOnStartup: boolean;
  /** Whether missed runs are caught up. By default not for intervals under a minute. */
  useMonitor: boolean;
}

const SHORT_INTERVAL_MS = 60_000;

/** The timer that a function is, or `undefined` when it is none. Throws {@link HostStartError} for a faulty schedule. */
export function timerDefinition(fn: RegisteredFunction, settings: Settings): TimerDefinition | undefined {
  const trigger = triggerOf(fn.metadata);
  if (trigger?.binding.type.toLowerCase() !== 'timertrigger') return undefined;
  const { name, binding } = trigger;
  const where = `schedule of timer '${fn.metadata.name}'`;
  const scheduleText = resolveSettings(textOption(binding, 'schedule') ?? '', settings, where);
  let schedule: Schedule;
  try {
    schedule = parseSchedule(scheduleText);
  } catch (error) {
    throw new HostStartError(`${where}: ${messageOf(error)}`, undefined, error);
  }
  if (schedule.next(new Date()) === undefined) throw new HostStartError(`${where}: '${scheduleText}' never occurs`);
  const intervalMs = shortestIntervalMs(schedule, new Date()) ?? Number.POSITIVE_INFINITY;
  const useMonitor = binding.useMonitor !== false && intervalMs >= SHORT_INTERVAL_MS;
  return { fn, bindingName: name, scheduleText, schedule, runOnStartup: binding.runOnStartup === true, useMonitor };
}
