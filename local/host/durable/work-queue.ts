import type { WorkItem } from './durable-store.ts';

/** Activities that wait for their turn, the oldest first. Taking one does not move the others. */
export class WorkQueue {
  #items: (WorkItem | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: WorkItem): void {
    this.#items.push(item);
  }

  shift(): WorkItem | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes out the activities of an instance: all, or those of these steps. */
  remove(instanceId: string, steps?: ReadonlySet<number>): void {
    const isMeant = (item: WorkItem | undefined) =>
      item?.instanceId === instanceId && (steps === undefined || steps.has(item.step));
    this.#items = this.#items.slice(this.#head).filter((item) => !isMeant(item));
    this.#head = 0;
  }
}
