import { type RouteCheck, routeCheckSchema } from '../../src/domain/checks/check.ts';
import type { AppAddress } from './transfers.ts';

/** Has the app check a route, and says what is off; that the check could not be made is a line too. */
export async function describeRoute({ url, key }: AppAddress, route: string): Promise<string[]> {
  try {
    const response = await fetch(`${url}/api/routes/${route}/check`, {
      method: 'POST',
      headers: { 'x-functions-key': key },
    });
    const text = await response.text();
    if (!response.ok) return [`  Route ${route} could not be checked: ${response.status} ${text}`];
    return describeCheck(routeCheckSchema.parse(JSON.parse(text)));
  } catch (error) {
    return [`  Route ${route} could not be checked: ${String(error)}`];
  }
}

/** A line for each fault, then for each warning; none when every precondition of the route is met. */
export function describeCheck({ checks }: RouteCheck): string[] {
  const of = (status: 'fault' | 'warning') => checks.filter((check) => check.status === status);
  return [...of('fault'), ...of('warning')].map(
    ({ status, side, code, found, remedy }) => `  ${status} ${code} (${side}): ${found}. ${remedy}`,
  );
}
