/**
 * A gate that lets at most `limit` of the given tasks run at once; the others wait in order. A task's failure is the
 * caller's and frees its place.
 */
export function createLimiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/**
 * Every item's result, in the items' order, with at most `limit` at work. After a failure nothing new starts; what was
 * started settles, then the first failure (in the items' order) is thrown.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const limiter = createLimiter(limit);
  let isStopped = false;
  const settled = await Promise.allSettled(
    items.map((item, index) =>
      limiter(async () => {
        if (isStopped) return undefined;
        try {
          return { result: await task(item, index) };
        } catch (error) {
          isStopped = true;
          throw error;
        }
      }),
    ),
  );
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value ? [outcome.value.result] : []));
}
