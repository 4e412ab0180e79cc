import { type RouteCheck, routeCheckSchema } from '../../src/domain/checks/check.ts';
import type { AppAddress } from './transfers.ts';

/** Has the app check a route. @throws with what the app answered when that is no check */
export async function checkRoute({ url, key }: AppAddress, route: string): Promise<RouteCheck> {
  const response = await fetch(`${url}/api/routes/${route}/check`, {
    method: 'POST',
    headers: { 'x-functions-key': key },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST /api/routes/${route}/check: ${response.status} ${text}`);
  return routeCheckSchema.parse(JSON.parse(text));
}

/** A line for each fault, then for each warning; none when every precondition of the route is met. */
export function describeCheck({ checks }: RouteCheck): string[] {
  const of = (status: 'fault' | 'warning') => checks.filter((check) => check.status === status);
  return [...of('fault'), ...of('warning')].map(
    ({ status, side, code, found, remedy }) => `  ${status} ${code} (${side}): ${found}. ${remedy}`,
  );
}
