/** A time as the service writes it: 7 digits of a second and an offset. */
export function formatServiceTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/Z$/, '0000+00:00');
}
