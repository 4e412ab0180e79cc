/** `milliseconds` after `date`. Orchestrators must not make dates of their own; this is how they name a moment. */
export function addMs(date: Date, milliseconds: number): Date {
  return new Date(date.getTime() + milliseconds);
}

/** Milliseconds from `start`, in ISO 8601, to `end`. */
export function elapsedMs(start: string, end: Date): number {
  return end.getTime() - Date.parse(start);
}
