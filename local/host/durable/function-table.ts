import { type RegisteredFunction, triggerOf } from '../app-model.ts';
import { ClientError } from './start-instance.ts';

/** An orchestrator, activity or entity of the app, with the name of its trigger's binding. */
export interface DurableFunction {
  fn: RegisteredFunction;
  bindingName: string;
}

/** The app's orchestrators, activities and entities by name, in any case. */
export class FunctionTable {
  readonly #orchestrators = new Map<string, DurableFunction>();
  readonly #activities = new Map<string, DurableFunction>();
  readonly #entities = new Map<string, DurableFunction>();

  /** The version of orchestrations that are started without one; `null` is none. */
  readonly defaultVersion: string | null;

  constructor(functions: Iterable<RegisteredFunction>, defaultVersion: string | null = null) {
    this.defaultVersion = defaultVersion;
    for (const fn of functions) {
      const trigger = triggerOf(fn.metadata);
      const table = this.#tableOf(trigger?.binding.type.toLowerCase());
      if (trigger !== undefined) table?.set(fn.metadata.name.toLowerCase(), { fn, bindingName: trigger.name });
    }
  }

  #tableOf(triggerType: string | undefined): Map<string, DurableFunction> | undefined {
    if (triggerType === 'orchestrationtrigger') return this.#orchestrators;
    if (triggerType === 'entitytrigger') return this.#entities;
    return triggerType === 'activitytrigger' ? this.#activities : undefined;
  }

  /** Any one orchestrator, or `undefined` when the app has none. */
  anyOrchestrator(): RegisteredFunction | undefined {
    return this.#orchestrators.values().next().value?.fn;
  }

  /** Throws {@link ClientError} for an unknown name. */
  orchestrator(name: string): DurableFunction {
    return find(this.#orchestrators, name, 'orchestrator');
  }

  /** Throws {@link ClientError} for an unknown name. */
  activity(name: string): DurableFunction {
    return find(this.#activities, name, 'activity');
  }

  /** Throws {@link ClientError} for an unknown name. */
  entity(name: string): DurableFunction {
    return find(this.#entities, name, 'entity');
  }

  hasEntity(name: string): boolean {
    return this.#entities.has(name.toLowerCase());
  }
}

function find(table: ReadonlyMap<string, DurableFunction>, name: string, kind: string): DurableFunction {
  const found = table.get(name.toLowerCase());
  if (found !== undefined) return found;
  throw new ClientError(`the function '${name}' doesn't exist, is disabled, or is not an ${kind} function`);
}
