import { BlobAccount } from './blob-account.ts';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
it('x', async () => {
  const a = new BlobAccount();
  const env = await a.start();
  writeFileSync('/tmp/dbg.json', JSON.stringify(env));
  try { await a.client().getContainerClient('in').createIfNotExists(); console.log('created'); } catch (e) { console.log(e); }
  await new Promise((r) => setTimeout(r, 25000));
  await a.stop();
});
