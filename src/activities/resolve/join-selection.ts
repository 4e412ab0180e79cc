import { TransferError } from '../../domain/errors.ts';
import { RESOLVE_PAGE_ARTIFACTS } from '../../domain/plan/plan.ts';
import { joinSelection as join, type Selected, selectorsOf } from '../../domain/selection/selection.ts';
import { MAX_ARTIFACTS } from '../../domain/transfer/request.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { Activity } from '../activity.ts';
import { openRequest } from '../transfer-route.ts';
import { suggest } from './select-in-registry.ts';

/** Joins what was selected to the list of artifacts. Twice: the list that was written first stays in force. */
export const joinSelection: Activity<'joinSelection'> = async (services, { transfer, pages }) => {
  const { request, route } = await openRequest(services, transfer);
  const selected = await services.transfers.selections.readSelected(transfer, pages);
  const registry = await services.side(route, 'source').registry();
  const joined = await joinWithHints(registry, request.artifacts, selected);
  const selection = { selectedAt: new Date().toISOString(), ...joined };
  const { artifacts } = await services.transfers.selections.create(transfer, selection);
  return { pages: Math.ceil(artifacts.length / RESOLVE_PAGE_ARTIFACTS) };
};

/** The artifacts of a list. @throws `NOTHING_SELECTED`, `TOO_MANY_SELECTED` */
export async function joinWithHints(registry: RegistryClient, entries: readonly string[], selected: Selected) {
  const near = await findHints(registry, entries, selected);
  const joined = join(entries, selected, near);
  const found = joined.artifacts.length;
  if (found > MAX_ARTIFACTS) {
    const message = `The selectors come to ${found} artifacts; allowed: at most ${MAX_ARTIFACTS} in one transfer.`;
    throw new TransferError(message, { class: 'artifact', code: 'TOO_MANY_SELECTED', side: 'source' });
  }
  if (found > 0) return joined;
  const hints = [...near.values()].flat();
  const meant = hints.length > 0 ? ` Near: ${hints.join(', ')}.` : '';
  const message = `No artifact of the source registry fits ${entries.join(' | ').slice(0, 500)}.${meant}`;
  throw new TransferError(message, { class: 'artifact', code: 'NOTHING_SELECTED', side: 'source' });
}

async function findHints(registry: RegistryClient, entries: readonly string[], selected: Selected) {
  const fruitful = new Set(selected.filter(({ artifacts }) => artifacts.length > 0).map(({ entry }) => entry));
  const hints = new Map<string, string[]>();
  for (const { entry, selector } of selectorsOf(entries)) {
    if (selector.excludes || fruitful.has(entry)) continue;
    hints.set(selector.text, await suggest(registry, selector));
  }
  return hints;
}
