import { type CommittedBlob, formatBlobCreated, placeOf } from './blob-created.ts';
import { type Disturbance, disturbanceSchema, type PlanDeliveries, planDeliveries } from './disturbance.ts';
import { type Delivery, EventStore } from './event-store.ts';
import type { GridEvent } from './grid-event.ts';
import { formatImagePushed, type PushedManifest } from './image-pushed.ts';
import { decideNextDelivery } from './retry-schedule.ts';
import { type SubscriptionInput, subscriptionSchema, wants } from './subscription.ts';
import { deliver, type SendToWebhook, sendToWebhook, shakeHands } from './webhook.ts';

export interface EventGridOptions {
  /** Where subscriptions and undelivered events are kept. */
  dir: string;
  /** What the service's waiting times are multiplied with; default 0.05, so that 10 seconds become half a second. */
  retryScale?: number | undefined;
  disturbance?: Partial<Disturbance> | undefined;
  /** Put around every request to an endpoint: sees it first, and decides what becomes of it. */
  around?: ((send: SendToWebhook) => SendToWebhook) | undefined;
  log?: ((line: string) => void) | undefined;
}

const DEFAULT_RETRY_SCALE = 0.05;
const MAX_DELIVERIES_AT_ONCE = 16;
const MINUTE_MS = 60_000;
/** The longest that one timer of Node may run. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Event Grid for the blobs and the registries of the local clouds: keeps subscriptions, and delivers what is published to each that wants
 * it, at least once, in no promised order. What was published is delivered even if the process is killed in between.
 */
export class EventGrid {
  readonly #store: EventStore;
  readonly #scale: number;
  readonly #plan: PlanDeliveries;
  readonly #send: SendToWebhook;
  readonly #log: (line: string) => void;
  readonly #running = new Map<number, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();

  private constructor(store: EventStore, { retryScale, disturbance = {}, around, log }: EventGridOptions) {
    this.#store = store;
    this.#scale = retryScale ?? DEFAULT_RETRY_SCALE;
    this.#plan = planDeliveries(disturbanceSchema.parse(disturbance));
    this.#send = around ? around(sendToWebhook) : sendToWebhook;
    this.#log = log ?? (() => undefined);
  }

  /** Opens it, and goes on with what was not delivered. */
  static async open(options: EventGridOptions): Promise<EventGrid> {
    const grid = new EventGrid(await EventStore.open(options.dir), options);
    grid.#pump();
    return grid;
  }

  /**
   * Makes a subscription, or replaces the one of its name, once its endpoint has taken part in the handshake.
   * @throws HandshakeError, or a ZodError for what no subscription may be
   */
  async subscribe(input: SubscriptionInput): Promise<void> {
    const subscription = subscriptionSchema.parse(input);
    await shakeHands(subscription, this.#send);
    this.#store.putSubscription(subscription);
  }

  /** Whether any subscription wants to hear of such a blob. */
  isWanted(blob: Pick<CommittedBlob, 'account' | 'container' | 'blob'>): boolean {
    const place = placeOf(blob);
    return [...this.#store.subscriptions.values()].some((subscription) => wants(subscription, place));
  }

  /** Tells of a blob. When it returns, the event is kept until it is delivered or given up. */
  publish(blob: CommittedBlob): void {
    this.#tell(formatBlobCreated(blob));
  }

  /** Tells of a manifest that a registry has taken, as {@link publish} of a blob. */
  publishPush(manifest: PushedManifest): void {
    this.#tell(formatImagePushed(manifest));
  }

  #tell(event: GridEvent): void {
    const nowMs = Date.now();
    for (const subscription of this.#store.subscriptions.values()) {
      if (!wants(subscription, event)) continue;
      for (const delayMs of this.#plan()) this.#store.add(subscription.name, event, nowMs, nowMs + delayMs);
    }
    this.#pump();
  }

  /**
   * Delivers no more. A delivery that waits for its answer is broken off, and begun again at the next start. May be
   * called twice.
   */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#running.values());
    this.#store.close();
  }

  /** Begins what is due, as far as there is room, and sets the clock for what is not. */
  #pump(): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    // Read once: what falls due between two readings would never be woken.
    const nowMs = Date.now();
    for (const delivery of this.#store.due(nowMs, 2 * MAX_DELIVERIES_AT_ONCE)) {
      if (this.#running.size >= MAX_DELIVERIES_AT_ONCE) return;
      if (this.#running.has(delivery.rowId)) continue;
      const run = this.#deliver(delivery).finally(() => {
        this.#running.delete(delivery.rowId);
        this.#pump();
      });
      this.#running.set(delivery.rowId, run);
    }
    const dueAtMs = this.#store.nextDueAtMs(nowMs);
    if (dueAtMs === undefined) return;
    this.#timer = setTimeout(() => this.#pump(), Math.min(dueAtMs - nowMs, MAX_TIMER_MS));
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { rowId, event, publishedAtMs } = delivery;
    const subscription = this.#store.subscriptions.get(delivery.subscription);
    if (subscription === undefined) return this.#store.remove(rowId);
    const { maxDeliveryAttempts, eventTimeToLiveInMinutes } = subscription.retryPolicy;
    const { attempts: before } = delivery;
    const { signal } = this.#stopping;
    const status = await deliver(subscription, event, { attempts: before, signal, send: this.#send });
    if (status === undefined && signal.aborted) return;
    const attempts = before + 1;
    const next = decideNextDelivery({
      status,
      attempts,
      maxAttempts: maxDeliveryAttempts,
      ageMs: Date.now() - publishedAtMs,
      timeToLiveMs: eventTimeToLiveInMinutes * MINUTE_MS,
      scale: this.#scale,
    });
    if (next.do === 'retry') return this.#store.retry(rowId, Date.now() + next.delayMs, attempts);
    this.#store.remove(rowId);
    if (next.do === 'forget') return;
    const what = `event ${event.id} (${event.subject}) for subscription ${subscription.name}`;
    this.#log(`event grid dropped ${what}: ${next.reason} after ${attempts} tries, last answer ${status ?? 'none'}`);
  }
}
