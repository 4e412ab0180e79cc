/** The longest delay that `setTimeout` takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** One alarm for the message that falls due next. */
export class DueClock {
  readonly #ring: () => void;
  #alarm: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  /** @param ring called when the time has come, and at least once in 24 days while a time is set */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Sets the alarm to a time since 1970, unless it would ring earlier anyway. */
  setAtLatest(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.clear();
    this.#dueMs = dueMs;
    this.#alarm = setTimeout(
      () => {
        this.#dueMs = Number.POSITIVE_INFINITY;
        this.#ring();
      },
      Math.min(Math.max(dueMs - Date.now(), 1), MAX_DELAY_MS),
    );
  }

  clear(): void {
    clearTimeout(this.#alarm);
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}
