import { SIZES, simulateSizes } from './cases/simulation.ts';

/**
 * `npm run bench -- simulation` with other sizes, without a build: ends with 1 when a bar is missed.
 * `npx node --disable-warning=ExperimentalWarning bench/simulation.ts [artifacts…]`
 */
const asked = process.argv.slice(2).map(Number);
if (asked.some((size) => !Number.isInteger(size) || size < 1 || size > 100_000)) {
  console.error(`found: ${process.argv.slice(2).join(' ')}; allowed: numbers of artifacts from 1 to 100000`);
  process.exit(2);
}
try {
  await simulateSizes(asked.length > 0 ? asked : SIZES, (line) => console.log(line));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
