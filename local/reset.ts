import { rm } from 'node:fs/promises';
import { EndpointsFile } from './app/endpoints.ts';
import { stateFolder, stateFolders } from './app/state-folder.ts';

/** `npm run reset`: forgets the local cloud's state, unless it is up. */
const dir = stateFolder();
for (const folder of stateFolders()) {
  const owner = await new EndpointsFile(folder).liveOwner();
  if (owner === undefined) continue;
  process.stderr.write(`${folder} is in use by process ${owner}; stop that first (Ctrl-C).\n`);
  process.exit(1);
}
await rm(dir, { recursive: true, force: true });
process.stderr.write(`${dir} is gone; the next npm start begins anew.\n`);
