import type { Failure } from './errors.ts';
import type { Fault } from './problem.ts';

/*
 * The lines of the log that the alerts of infra/modules/alerts.bicep look for. A test holds the alerts' queries against
 * them: one that is renamed here and not there would never be told.
 */

/** How a transfer ended: one with failed artifacts is no failed orchestration. */
export function transferEndedLine(input: object, result: { state: string }): string {
  return line('transferEnded', { input, result });
}

/** How an import ended: one that failed is no failed orchestration either. */
export function importEndedLine(input: object, result: { state: string }): string {
  return line('importEnded', { input, result });
}

/** That the timer could not put something right; `what` names the transfer, the import, the route or the archive. */
export function reconcileFailedLine(what: object, failure: Failure): string {
  return line('reconcileFailed', { ...what, ...failure });
}

/** That a token could not be replaced and ends soon, or does not work. */
export function sasNotRotatedLine(target: object, outcome: { found: object; result: object }): string {
  return line('sasNotRotated', { ...target, ...outcome });
}

/** That the rotation of a side's token could not be started. */
export function rotationNotStartedLine(target: { route: string; side: string }, failure: Failure): string {
  return line('rotationNotStarted', { ...target, ...failure });
}

/** That a schedule could not start its transfer. */
export function scheduleFailedLine(target: { route: string; schedule: string }, failure: Failure): string {
  return line('scheduleFailed', { ...target, ...failure });
}

/** That a webhook was not told, after so many tries. */
export function webhookGivenUpLine(notified: object, tries: number): string {
  return line('webhookGivenUp', { ...notified, tries });
}

/** A fault of a setting or of the routes. */
export function settingFaultLine(fault: Fault & { file: string }): string {
  return line('settingFault', { level: 'critical', ...fault });
}

function line(event: string, facts: object): string {
  return JSON.stringify({ event, ...facts });
}
