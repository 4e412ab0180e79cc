import type { MemoryReport } from '../child-program.ts';

/** What this process, run with `--expose-gc`, has in use after a collection, and has had resident at most. */
export function memoryReport(): MemoryReport {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  // Kilobytes on every platform (libuv).
  return { usedBytes: heapUsed + external, residentBytes: rss, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
