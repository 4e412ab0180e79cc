import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, Entities, Owner } from '../domain/activities.ts';
import { isRenewalDue, SLOT_LEASE_MS, type SlotRequest } from '../domain/batch/slots.ts';
import { decidePollDelayMs } from '../domain/retry.ts';
import type { SlotBudget } from '../domain/route/slot-budget.ts';
import { elapsedMs } from '../domain/time.ts';
import { CANCELED, type Notice, STOPPED } from '../domain/transfer/control.ts';
import { callActivity, messageOf, retried, type Step, wait } from './call.ts';

/** Looks after which who waits starts anew, so that its history does not grow with the queue. */
const MAX_LOOKS = 40;

/** Whose slot it is, and since when it has waited (ISO 8601), when it has started anew since. */
export interface Waiter {
  budget: SlotBudget;
  run: string;
  owner: Owner;
  /** Its run would be the first of its batch: after a failure that stops the transfer it does not begin. */
  isFirst: boolean;
  waitingSince: string | undefined;
}

/**
 * Waits until a run has a slot of its registry: asks, and asks again by durable timers that back off to 60 s. Who is
 * paused leaves the queue until it goes on; while nobody can tell, it stays. Afterwards the run holds a slot, or neither slot nor place when this fails.
 * @returns since when it has waited when the orchestrator has to start anew for it; `null` when it has a slot
 */
export function* awaitSlot(context: OrchestrationContext, waiter: Waiter): Step<ActivityResult<string | null>> {
  const since = waiter.waitingSince ?? context.df.currentUtcDateTime.toISOString();
  const result = yield* askUntilGranted(context, waiter, since);
  if (!result.ok) releaseSlot(context, waiter);
  return result;
}

function* askUntilGranted(
  context: OrchestrationContext,
  waiter: Waiter,
  since: string,
): Step<ActivityResult<string | null>> {
  let isQueued = waiter.waitingSince !== undefined;
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    if (looks > 0 || waiter.waitingSince !== undefined) {
      yield* wait(context, decidePollDelayMs(elapsedMs(since, context.df.currentUtcDateTime)));
      const halt = yield* readHalt(context, waiter.owner);
      if (!halt.ok) {
        // An outage of the records is waited out here: nothing is lost but time.
        if (halt.failure.class === 'transient') continue;
        return halt;
      }
      if (halt.value === 'Canceled') return { ok: false, failure: CANCELED };
      if (halt.value === 'Stopped' && waiter.isFirst) return { ok: false, failure: STOPPED };
      if (halt.value === 'Paused') {
        if (isQueued) releaseSlot(context, waiter);
        isQueued = false;
        continue;
      }
    }
    const asked = yield* ask(context, waiter);
    if (!asked.ok || asked.value) return asked.ok ? { ok: true, value: null } : asked;
    isQueued = true;
  }
  return { ok: true, value: since };
}

/** What is asked of the transfer that a run is of; of an import nobody can ask anything. */
export function* readHalt(context: OrchestrationContext, owner: Owner): Step<ActivityResult<Notice | null>> {
  if (owner.kind === 'import') return { ok: true, value: null };
  return yield* callActivity(context, 'readControl', { transfer: owner.transfer });
}

/** Asks for a slot. A host that cannot say is asked again, as an activity is called again. */
function ask(context: OrchestrationContext, { budget, run }: Waiter): Step<ActivityResult<boolean>> {
  const request: SlotRequest = { run, limit: budget.limit, leaseMs: SLOT_LEASE_MS };
  return retried(context, () => askOnce(context, budget, request));
}

function* askOnce(
  context: OrchestrationContext,
  budget: SlotBudget,
  request: SlotRequest,
): Step<ActivityResult<boolean>> {
  try {
    const answer = yield context.df.callEntity(entityOf(budget), 'take', request);
    return { ok: true, value: (answer as Entities['registrySlots']['take']['output']).granted };
  } catch (error) {
    const message = `slot of ${request.run}: ${messageOf(error)}`;
    return { ok: false, failure: { class: 'transient', code: 'SLOT_NOT_ANSWERED', message } };
  }
}

/** Gives back a run's slot or its place in the queue. Waits for nothing. */
export function releaseSlot(context: OrchestrationContext, { budget, run }: Pick<Waiter, 'budget' | 'run'>): void {
  context.df.signalEntity(entityOf(budget), 'release', { run, limit: budget.limit, leaseMs: 0 });
}

/** Keeps a slot while its run goes on. */
export interface SlotKeeper {
  /** Before the orchestrator waits so long: renews the lease when it would get short. */
  beforeWait(delayMs: number): void;
}

/** The keeper of a slot that was taken or, where `isTaken` does not say so, renewed just now. */
export function keepSlot(
  context: OrchestrationContext,
  { budget, run }: Pick<Waiter, 'budget' | 'run'>,
  isTaken: boolean,
): SlotKeeper {
  let renewedAt = context.df.currentUtcDateTime;
  const renew = (silentMs: number) => {
    renewedAt = context.df.currentUtcDateTime;
    const request: SlotRequest = { run, limit: budget.limit, leaseMs: SLOT_LEASE_MS + silentMs };
    context.df.signalEntity(entityOf(budget), 'renew', request);
  };
  if (!isTaken) renew(0);
  return {
    beforeWait(delayMs) {
      const sinceMs = context.df.currentUtcDateTime.getTime() - renewedAt.getTime();
      if (isRenewalDue(sinceMs, delayMs)) renew(delayMs);
    },
  };
}

/** The package asks for no more than these two of an id, and its class would be a value of the package. */
function entityOf({ registry }: SlotBudget) {
  return { name: 'registrySlots', key: registry };
}
