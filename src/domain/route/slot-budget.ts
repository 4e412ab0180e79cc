import { createHash } from 'node:crypto';
import type { Direction } from '../names.ts';
import { type Route, servedSides, sideOf } from './route.ts';

/** How many pipeline runs a registry may be asked for at once, and the key of the entity that counts them. */
export interface SlotBudget {
  registry: string;
  limit: number;
}

/** The budgets of the registries that a route's runs work in; none for a side that the app does not serve. */
export type SlotBudgets = Partial<Record<Direction, SlotBudget>>;

/** The budgets of a route among all that the app has: where several share a registry, the smallest counts. */
export function slotBudgets(routes: readonly Route[], route: Route): SlotBudgets {
  const budgets: SlotBudgets = {};
  for (const side of servedSides(route)) {
    const registry = registryKey(sideOf(route, side).registry);
    const sharing = routes.filter((other) => registriesOf(other).includes(registry));
    const limit = Math.min(route.maxRunsPerRegistry, ...sharing.map((other) => other.maxRunsPerRegistry));
    budgets[side === 'source' ? 'export' : 'import'] = { registry, limit };
  }
  return budgets;
}

function registriesOf(route: Route): string[] {
  return servedSides(route).map((side) => registryKey(sideOf(route, side).registry));
}

/** The same for every spelling of a registry's resource id: ARM compares ids without case. */
function registryKey(resourceId: string): string {
  return createHash('sha256').update(resourceId.toLowerCase()).digest('hex').slice(0, 32);
}
