import { type RegisteredFunction, textOption, triggerOf } from '../app-model.ts';
import { HostStartError, messageOf } from '../errors.ts';
import { resolveSettings, type Settings } from '../settings.ts';
import { type AuthLevel, parseAuthLevel } from './keys.ts';
import { parseRouteTemplate, type RouteTemplate } from './route-template.ts';

/** One HTTP function at its place. */
export interface Route {
  fn: RegisteredFunction;
  bindingName: string;
  methods: ReadonlySet<string>;
  authLevel: AuthLevel;
  template: RouteTemplate;
}

export interface RouteMatch {
  route: Route;
  parameters: Record<string, string>;
}

const RESERVED = /^(admin|runtime)(\/|$)/i;

/** Finds the function for a method and path, the most specific route first. */
export class Router {
  readonly #routes: Route[] = [];

  /** Throws {@link HostStartError} for a route that is faulty or reserved. */
  constructor(functions: Iterable<RegisteredFunction>, routePrefix: string, settings: Settings) {
    for (const fn of functions) {
      const route = routeOf(fn, routePrefix, settings);
      if (route !== undefined) this.#routes.push(route);
    }
    this.#routes.sort((one, other) => (one.template.precedence < other.template.precedence ? -1 : 1));
  }

  /** The route and its parameters, or `undefined`, also when only the method does not fit. */
  find(method: string, path: string): RouteMatch | undefined {
    for (const route of this.#routes) {
      if (!route.methods.has(method)) continue;
      const parameters = route.template.match(path);
      if (parameters !== undefined) return { route, parameters };
    }
    return undefined;
  }
}

function routeOf(fn: RegisteredFunction, routePrefix: string, settings: Settings): Route | undefined {
  const trigger = triggerOf(fn.metadata);
  if (trigger?.binding.type.toLowerCase() !== 'httptrigger') return undefined;
  const { name } = fn.metadata;
  const where = `route of function '${name}'`;
  const own = resolveSettings(textOption(trigger.binding, 'route') ?? name, settings, where);
  const text = routePrefix === '' ? own : `${routePrefix}/${own}`;
  if (RESERVED.test(text.replace(/^\//, ''))) {
    throw new HostStartError(`${where} is '${text}'; paths under admin and runtime are the host's own`);
  }
  try {
    const methods = (trigger.binding.methods as string[] | undefined) ?? ['GET', 'POST'];
    return {
      fn,
      bindingName: trigger.name,
      methods: new Set(methods.map((method) => method.toUpperCase())),
      authLevel: parseAuthLevel(textOption(trigger.binding, 'authLevel')),
      template: parseRouteTemplate(text),
    };
  } catch (error) {
    throw new HostStartError(`${where}: ${messageOf(error)}`, undefined, error);
  }
}
