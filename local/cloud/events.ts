import type { CallJournal } from '../calls/journal.ts';
import { EventGrid, type EventGridOptions } from '../event-grid/event-grid.ts';
import { observeDeliveries } from '../faults/deliveries.ts';
import { deriveSeed } from '../faults/random.ts';
import type { FaultRules } from '../faults/rules.ts';

/** How events are delivered. */
export type EventSettings = Pick<EventGridOptions, 'retryScale' | 'disturbance'>;

interface EventParts {
  dir: string;
  faults: FaultRules;
  journal: CallJournal;
  events?: EventSettings | undefined;
  log?: ((line: string) => void) | undefined;
}

/** In the place of a rule's number, which count from 1. */
const EVENT_GRID_NUMBER = 0;

/**
 * Event Grid whose deliveries rules can break; its disturbances, where they have no seed of their own, derive from the
 * number that all faults derive from.
 */
export function openEventGrid({ dir, faults, journal, events = {}, log }: EventParts): Promise<EventGrid> {
  const seed = deriveSeed(faults.seed, EVENT_GRID_NUMBER);
  const disturbance = { seed, ...events.disturbance };
  return EventGrid.open({ ...events, dir, disturbance, around: observeDeliveries(faults, journal), log });
}
