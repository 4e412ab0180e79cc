import type { BlobServiceClient, UserDelegationKey } from '@azure/storage-blob';
import fc from 'fast-check';
import { containerIdOf, storageAccountId } from '../../../local/names.ts';
import { decideRotation } from '../../../src/domain/sas/rotation.ts';
import { inspectSas, neededPermissions } from '../../../src/domain/sas/sas.ts';
import { type AccessWorld, outcomeOf, startAccessWorld } from './access-world.ts';
import { isGenuine, mintToken, POLICY, recipes } from './sas-tokens.ts';

const SIGNER = 'bbbbbbbb-0000-4000-8000-000000000003';
const HOUR_MS = 3_600_000;
let world: AccessWorld;
let delegationKey: UserDelegationKey;

beforeAll(async () => {
  world = await startAccessWorld();
  const container = world.owner().getContainerClient('transfer');
  const accessPolicy = { expiresOn: new Date(Date.now() + 5 * HOUR_MS), permissions: 'rawdl' };
  await container.create();
  await container.setAccessPolicy(undefined, [{ id: POLICY, accessPolicy }]);
  await container.getBlockBlobClient('there').upload('bytes', 5);
  await container.getAppendBlobClient('log').create();
  const containerId = containerIdOf('srcstore', 'transfer');
  await world.operator.assign('source', SIGNER, 'Storage Blob Data Contributor', containerId);
  await world.operator.assign('source', SIGNER, 'Storage Blob Delegator', storageAccountId('srcstore'));
  const [start, end] = [new Date(Date.now() - 2 * HOUR_MS), new Date(Date.now() + 5 * HOUR_MS)];
  delegationKey = await world.identity(SIGNER).getUserDelegationKey(start, end);
});
afterAll(() => world?.stop());

/** A call that each permission allows; where it is, "done" or the 404 of what is not there. */
const CALLS: Readonly<Record<string, (service: BlobServiceClient) => Promise<unknown>>> = {
  r: (service) => service.getContainerClient('transfer').getBlobClient('there').getProperties(),
  a: (service) => service.getContainerClient('transfer').getAppendBlobClient('log').appendBlock('x', 1),
  w: (service) => service.getContainerClient('transfer').getBlockBlobClient('new').stageBlock('AAAA', 'x', 1),
  d: (service) => service.getContainerClient('transfer').getBlobClient('absent').delete(),
  l: (service) => service.getContainerClient('transfer').listBlobsFlat().byPage({ maxPageSize: 1 }).next(),
};

/** The letters that the storage lets a token use, of those asked. */
async function lettersAllowed(token: string, asked: string): Promise<string> {
  const service = world.signed(token);
  const outcomes = await Promise.all(
    [...asked].map(async (letter) => [letter, await outcomeOf(CALLS[letter]?.(service) ?? Promise.reject())] as const),
  );
  const strange = outcomes.filter(([, outcome]) => !/^(done|404 BlobNotFound|403 Auth\w+)$/.test(outcome));
  expect(strange).toEqual([]);
  return outcomes.flatMap(([letter, outcome]) => (outcome.startsWith('403') ? [] : [letter])).join('');
}

/** Whether the inspection finds nothing that keeps a container's pipeline from working with the token now. */
function saysItWorks(token: string, needed: string): boolean {
  const facts = inspectSas(token);
  const { state } = decideRotation({ token, needed, now: new Date() });
  if (!facts || (state !== 'Fresh' && state !== 'Due')) return false;
  if (facts.kind !== 'account') return facts.resource === 'c';
  return [...'co'].every((type) => facts.resourceTypes?.includes(type)) && facts.services?.includes('b') === true;
}

describe('the inspection of a SAS token', () => {
  const directions = fc.constantFrom(
    neededPermissions('export', false),
    neededPermissions('import', false),
    neededPermissions('import', true),
  );

  it('agrees with what the storage lets the token do', async () => {
    const seen = { works: 0, broken: 0, notGenuine: 0 };
    await fc.assert(
      fc.asyncProperty(recipes, directions, async (recipe, needed) => {
        const token = mintToken(world, recipe, delegationKey);
        const allowed = await lettersAllowed(token, needed);
        if (!isGenuine(recipe)) {
          seen.notGenuine += 1;
          expect(allowed).toBe('');
        } else if (saysItWorks(token, needed)) {
          seen.works += 1;
          expect(allowed).toBe(needed);
        } else {
          seen.broken += 1;
          // Who may write may append: that alone `a` is missing, only the inspection sees.
          const lacksOnlyA = /w/.test(allowed) && allowed === needed && !recipe.permissions.includes('a');
          if (!lacksOnlyA) expect(allowed).not.toBe(needed);
        }
      }),
      { numRuns: 150 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
