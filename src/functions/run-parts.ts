/** A part of what a timer does, and how its failure is told. */
export interface Part {
  name: string;
  run(): Promise<void>;
}

/**
 * Runs all parts, whatever becomes of the others: one after the other, or side by side. Each failure is told when it
 * happens.
 * @throws the first of them when all have had their turn, so that the invocation counts as failed
 */
export async function runParts(
  parts: readonly Part[],
  order: 'sequence' | 'parallel',
  tell: (part: string, error: unknown) => void,
): Promise<void> {
  const failures: { error: unknown }[] = [];
  const runOne = async ({ name, run }: Part) => {
    try {
      await run();
    } catch (error) {
      tell(name, error);
      failures.push({ error });
    }
  };
  if (order === 'parallel') await Promise.all(parts.map(runOne));
  else for (const part of parts) await runOne(part);
  const [first] = failures;
  if (first) throw first.error;
}
