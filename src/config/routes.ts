import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { faultsOf } from '../domain/problem.ts';
import { type Route, routeSchema } from '../domain/route/route.ts';
import type { SettingFault } from './setting-fault.ts';

/** A route that cannot be used. */
export interface RouteFault {
  /** The name it gives itself, or its place in the list. */
  route: string;
  faults: SettingFault[];
}

interface Loaded {
  routes: Map<string, Route>;
  faultyRoutes: RouteFault[];
}

type Variables = Readonly<Record<string, unknown>>;

/** Reads the routes from `ROUTES_JSON` or `ROUTES_FILE`; each is judged by itself. */
export function loadRoutes(
  sources: { ROUTES_JSON?: string | undefined; ROUTES_FILE: string },
  variables: Variables,
  appFolder: string,
): Loaded {
  const file = sources.ROUTES_JSON === undefined ? sources.ROUTES_FILE : 'ROUTES_JSON';
  const read = readList(sources, file, appFolder);
  if ('fault' in read) return { routes: new Map(), faultyRoutes: [{ route: '(all)', faults: [read.fault] }] };
  const loaded: Loaded = { routes: new Map(), faultyRoutes: [] };
  read.list.forEach((value, index) => {
    addRoute(loaded, value, { file, index, variables });
  });
  return loaded;
}

function readList(
  sources: { ROUTES_JSON?: string | undefined; ROUTES_FILE: string },
  file: string,
  appFolder: string,
): { list: unknown[] } | { fault: SettingFault } {
  const allowed = 'a JSON list of routes';
  let text: string;
  try {
    text = sources.ROUTES_JSON ?? readFileSync(resolve(appFolder, sources.ROUTES_FILE), 'utf8');
  } catch (error) {
    return { fault: { file, path: '', found: `no readable file (${(error as NodeJS.ErrnoException).code})`, allowed } };
  }
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return { list };
    return { fault: { file, path: '', found: typeof list, allowed } };
  } catch (error) {
    return { fault: { file, path: '', found: `no JSON: ${(error as Error).message}`, allowed } };
  }
}

function addRoute(loaded: Loaded, value: unknown, from: { file: string; index: number; variables: Variables }): void {
  const missing: string[] = [];
  const filled = substitute(value, from.variables, missing);
  const name = nameOf(filled) ?? `[${from.index}]`;
  const at = (path: string) =>
    path.startsWith('[') || path === '' ? `[${from.index}]${path}` : `[${from.index}].${path}`;
  const parsed = routeSchema.safeParse(filled);
  const faults: SettingFault[] = missing.map((setting) => ({
    file: from.file,
    path: at(''),
    found: `%${setting}%`,
    allowed: `the name of an app setting that has a value`,
  }));
  if (!parsed.success) {
    faults.push(
      ...faultsOf(parsed.error, filled).map((fault) => ({ file: from.file, ...fault, path: at(fault.path) })),
    );
  } else if (loaded.routes.has(name)) {
    faults.push({ file: from.file, path: at('name'), found: name, allowed: 'a name that no other route has' });
  }
  if (parsed.success && faults.length === 0) loaded.routes.set(name, parsed.data);
  else loaded.faultyRoutes.push({ route: name, faults });
}

function nameOf(value: unknown): string | undefined {
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : undefined;
}

/** `%NAME%` in any text becomes the app setting's value. */
function substitute(value: unknown, variables: Variables, missing: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/%([A-Za-z_][A-Za-z0-9_]*)%/g, (all, name: string) => {
      const found = variables[name];
      if (typeof found === 'string') return found;
      missing.push(name);
      return all;
    });
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables, missing));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, variables, missing)]));
}
