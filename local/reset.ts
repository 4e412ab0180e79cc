import { rm } from 'node:fs/promises';
import { EndpointsFile } from './app/endpoints.ts';
import { stateFolder } from './app/state-folder.ts';

/** `npm run reset`: forgets the local cloud's state, unless it is up. */
const dir = stateFolder();
const owner = await new EndpointsFile(dir).liveOwner();
if (owner !== undefined) {
  process.stderr.write(`${dir} is in use by process ${owner}; stop that first (Ctrl-C).\n`);
  process.exit(1);
}
await rm(dir, { recursive: true, force: true });
process.stderr.write(`${dir} is gone; the next npm start begins anew.\n`);
