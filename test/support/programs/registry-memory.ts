import { createInterface } from 'node:readline';
import { startFixture } from '../../unit/local/registry/registry-fixture.ts';
import { memoryReport } from './memory-report.ts';

/**
 * A registry in a process of its own. Prints its origin, then its memory and what it logged for each line on standard
 * input. Ends with that.
 */
const registry = await startFixture();
process.stdout.write(`${JSON.stringify({ origin: registry.httpOrigin })}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify({ ...memoryReport(), logged: registry.lines })}\n`);
}
await registry.stop();
