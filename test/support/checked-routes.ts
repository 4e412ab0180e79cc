import { localRoute } from '../../local/app/environment.ts';
import { resourcesOf } from '../../local/names.ts';

const route = localRoute();
const HOUR_MS = 3_600_000;

/** URL of a container in the sample account of a side. */
export function containerOf(side: 'source' | 'target', name: string): string {
  return resourcesOf(side).containerUrl.replace(/transfer$/, name);
}

/** Routes whose export pipelines read secrets of the same names, each with a container of its own. */
export const TOKEN_ROUTES = [
  'xexpired',
  'xfuture',
  'xreadonly',
  'xmalformed',
  'xhttp',
  'xtampered',
  'xdisabled',
  'xmissing',
  'xfine',
];
const withSource = (name: string, change: object) => ({ ...route, name, source: { ...route.source, ...change } });
/** The sample route first, then one for each fault; most share all with it but what the fault is about. */
export const CHECKED_ROUTES = [
  route,
  ...[...TOKEN_ROUTES, 'xpinned', 'xnovault', 'xbaduri', 'xnorole', 'xoldkey'].map((name) =>
    withSource(name, { exportPipeline: name, container: containerOf('source', name) }),
  ),
  withSource('xnopipeline', { exportPipeline: 'xnopipeline', container: containerOf('source', 'xnopipeline') }),
  withSource('xnocontainer', { exportPipeline: 'xnocontainer', container: containerOf('source', 'xnocontainer') }),
  withSource('xmismatch', { exportPipeline: 'xmismatch', container: containerOf('source', 'xmismatch') }),
  withSource('xshared', { exportPipeline: 'xshared', container: containerOf('source', 'xshared') }),
  withSource('xoptions', { exportPipeline: 'xoptions', container: containerOf('source', 'xoptions') }),
  withSource('xnoregistry', { registry: resourcesOf('source').registryId.replace(/[^/]+$/, 'nosuchregistry') }),
  {
    ...route,
    name: 'xstray',
    target: { ...route.target, importPipeline: 'xstray', container: containerOf('target', 'xstray') },
  },
] as const;

/** A token that the storage never sees, since its text already tells what is wrong. */
export function writeToken(change: Record<string, string>): string {
  const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const fields = {
    sv: '2024-11-04',
    sr: 'c',
    sp: 'rawl',
    spr: 'https',
    st: at(-1),
    se: at(30),
    sig: 'c2ln',
    ...change,
  };
  return `?${new URLSearchParams(fields)}`;
}
