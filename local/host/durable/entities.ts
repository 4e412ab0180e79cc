import type { DurableStore } from './durable-store.ts';
import type { Engine } from './engine.ts';
import { formatEntityId, parseEntityId } from './entity-id.ts';
import type { EntityRow, EntityStore } from './entity-store.ts';
import type { FunctionTable } from './function-table.ts';
import { ClientError, newId } from './start-instance.ts';

/** Which entities a query means. Times are ISO text; `afterId` is the last id of the page before. */
export interface EntityFilter {
  name?: string;
  usedFrom?: string;
  usedTo?: string;
  afterId?: string;
}

/** What the outside may do with entities. All of it throws {@link ClientError} for a caller's fault. */
export class Entities {
  readonly #store: DurableStore;
  readonly #entities: EntityStore;
  readonly #engine: Engine;
  readonly #functions: FunctionTable;

  constructor(store: DurableStore, entities: EntityStore, engine: Engine, functions: FunctionTable) {
    this.#store = store;
    this.#entities = entities;
    this.#engine = engine;
    this.#functions = functions;
  }

  /** Asks for an operation and does not wait; `input` is JSON text. 400: the app has no entity function of that name. */
  signal(name: string, key: string, operation: string, input: string | null): void {
    this.#functions.entity(name);
    const id = formatEntityId(parseEntityId(formatEntityId({ name, key })));
    const message = { kind: 'operation', id: newId(), operation, input } as const;
    this.#store.transaction(() => this.#engine.send(id, null, message));
  }

  /** The state as JSON text, `null` when none was set. 404 when there is no such entity. */
  state(name: string, key: string): string | null {
    const id = formatEntityId({ name, key });
    const entity = this.#entities.entity(id);
    if (entity?.isExisting !== true) throw new ClientError(`no entity '${id}'`, 404);
    return entity.state;
  }

  /** At most `top` entities by id; `more` tells whether there are further ones. */
  list(filter: EntityFilter, top: number): { rows: EntityRow[]; more: boolean } {
    const rows = this.#entities.list(filter, top + 1);
    return { rows: rows.slice(0, top), more: rows.length > top };
  }
}
