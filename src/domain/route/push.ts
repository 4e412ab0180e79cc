import { z } from 'zod';
import { formatOwnTransferId } from '../names.ts';
import { leavesOut, parseSelector, takesTag } from '../selection/selector.ts';
import { addMs } from '../time.ts';
import { isServed, type Route } from './route.ts';
import type { OnPush } from './route-starts.ts';

/** The events that tell of a push to a registry: what the subscriptions ask for. */
export const PUSH_EVENTS = [
  'Microsoft.ContainerRegistry.ImagePushed',
  'Microsoft.ContainerRegistry.ChartPushed',
] as const;

/** The function that hears of pushes, of all registries and for all routes. */
export const PUSH_FUNCTION = 'gatherPush' as const;

/** An event of a push; a manifest pushed by its digest alone has no tag. */
export const pushEventSchema = z.object({
  topic: z.string(),
  eventType: z.enum(PUSH_EVENTS),
  data: z.object({
    target: z.object({ repository: z.string().min(1), tag: z.string().optional(), digest: z.string().optional() }),
  }),
});
export type PushEvent = z.infer<typeof pushEventSchema>;

/**
 * The entry that a push adds to the list of a route's next transfer, or `undefined` when the route does not want it: it
 * is of another registry, has no tag, or no selector means it. The tag stays a tag; what it points to when the transfer
 * begins is moved.
 */
export function entryOfPush(route: Route, { topic, data: { target } }: PushEvent): string | undefined {
  if (!route.onPush || !isServed(route, 'source')) return undefined;
  if (route.source?.registry.toLowerCase() !== topic.toLowerCase() || target.tag === undefined) return undefined;
  return entryOf(route.onPush.artifacts, target.repository, target.tag);
}

const REFERRERS = ' +referrers';

function entryOf(texts: OnPush['artifacts'], repository: string, tag: string): string | undefined {
  const selectors = texts.flatMap((text) => {
    const parsed = parseSelector(text);
    return 'fault' in parsed ? [] : [parsed.selector];
  });
  if (selectors.some((selector) => leavesOut(selector, repository, tag, undefined))) return undefined;
  const taking = selectors.filter((selector) => takesTag(selector, repository, tag));
  if (taking.length === 0) return undefined;
  return taking.some(({ referrers }) => referrers) ? `${repository}:${tag}${REFERRERS}` : `${repository}:${tag}`;
}

/** The `repository:tag` that an entry made by {@link entryOfPush} names. */
export function artifactOfEntry(entry: string): string {
  return entry.replace(REFERRERS, '');
}

/** What one source registry needs in Azure so that the app hears of its pushes: an Event Grid subscription. */
export interface PushNeeds {
  functionName: typeof PUSH_FUNCTION;
  /** Resource id of the registry. */
  registry: string;
  eventTypes: readonly string[];
  /** Path of the app that Event Grid posts to, without host and key. */
  webhookPath: string;
  /** Routes that want its pushes, by name. */
  routes: string[];
}

/** What the source registries of the routes with `onPush` need, one entry for each registry, in the order of the routes. */
export function listPushNeeds(routes: Iterable<Route>): PushNeeds[] {
  const needs = new Map<string, PushNeeds>();
  for (const route of routes) {
    const { name, source, onPush } = route;
    if (!onPush || !source || !isServed(route, 'source')) continue;
    const key = source.registry.toLowerCase();
    const found = needs.get(key) ?? {
      functionName: PUSH_FUNCTION,
      registry: source.registry,
      eventTypes: PUSH_EVENTS,
      webhookPath: `/runtime/webhooks/eventgrid?functionName=${PUSH_FUNCTION}`,
      routes: [],
    };
    needs.set(key, { ...found, routes: [...found.routes, name] });
  }
  return [...needs.values()];
}

/** A time in which the pushes of a route are gathered; `id` is that of the transfer that they become. */
export const pushWindowSchema = z.object({ id: z.string(), closesAt: z.string() });
export type PushWindow = z.infer<typeof pushWindowSchema>;

/** The window that the first push after the last window opens. */
export function openPushWindow(route: string, now: Date, gatherMs: number): PushWindow {
  return { id: formatOwnTransferId(now, `push/${route}`), closesAt: addMs(now, gatherMs).toISOString() };
}

export function isOpenPushWindow({ closesAt }: PushWindow, now: Date): boolean {
  return now.toISOString() < closesAt;
}

/** Between a window's end and its collection, so that what was being put into it is in it, also by a clock that is behind. */
const SETTLE_MS = 10_000;

/** When the pushes of a window are collected. */
export function collectTimeOf({ closesAt }: Pick<PushWindow, 'closesAt'>): Date {
  return addMs(new Date(closesAt), SETTLE_MS);
}

/** Whether what has been put into a window by `now` is sure to be collected. */
export function isSurelyCollected({ closesAt }: Pick<PushWindow, 'closesAt'>, now: Date): boolean {
  return now < addMs(new Date(closesAt), SETTLE_MS / 2);
}
