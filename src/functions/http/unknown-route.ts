import type { Settings } from '../../config/settings.ts';
import type { ProblemDetails } from './problem.ts';

/** Why a name is no usable route: it is not configured, or configured with faults. */
export function unknownRoute(settings: Settings, name: string): ProblemDetails {
  const faulty = settings.faultyRoutes.find(({ route }) => route === name);
  if (faulty) {
    const { faults } = faulty;
    return { status: 503, code: 'ROUTE_NOT_USABLE', detail: `Route ${name} is configured with faults.`, faults };
  }
  const known = [...settings.routes.keys()].join(', ') || 'none';
  return { status: 404, code: 'ROUTE_NOT_FOUND', detail: `There is no route '${name}'; there are: ${known}.` };
}
