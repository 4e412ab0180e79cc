import type { Route } from '../../src/domain/route/route.ts';

type Target = NonNullable<Route['target']>;

/** A route of which the app serves both sides. */
export type TwoSidedRoute = Route & {
  source: NonNullable<Route['source']>;
  target: Target & { registry: string; importPipeline: string };
};

/** The route, known to have both sides. @throws when it has not */
export function twoSided(route: Route): TwoSidedRoute {
  const { source, target } = route;
  if (!source || target?.registry === undefined || target.importPipeline === undefined) {
    throw new Error(`route ${route.name} does not serve both sides`);
  }
  const { registry, importPipeline } = target;
  return { ...route, source, target: { ...target, registry, importPipeline } };
}
