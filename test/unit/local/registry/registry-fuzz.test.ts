import fc from 'fast-check';
import { FUZZ_TIMEOUT_MS, fuzzed } from '../../../support/fuzz.ts';
import { modelCalls, type World } from './registry-calls.ts';
import { type RegistryFixture, startFixture } from './registry-fixture.ts';
import { emptyModel, expectedOf, REPOSITORIES, visibleOf } from './registry-model.ts';

let registry: RegistryFixture;

beforeAll(async () => {
  registry = await startFixture();
});

afterAll(async () => {
  await registry?.stop();
});

describe('a registry after any sequence of calls, right ones and wrong ones', () => {
  it(
    'shows what the accepted calls made of it, and nothing of the refused ones, over a restart too',
    async () => {
      let count = 0;
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(fc.array(modelCalls, { minLength: 5, maxLength: 20 }), async (calls) => {
          count += 1;
          const world: World = { registry, model: emptyModel(), nameOf: (repository) => `run${count}/${repository}` };
          for (const call of calls) {
            const { answer, right } = await call(world);
            expect([answer.status, answer.message]).toEqual([right, answer.message]);
            statuses.add(right);
          }
          if (count % 50 === 0) await registry.restart();
          for (const repository of REPOSITORIES) {
            expect(await visibleOf(registry, world.nameOf(repository))).toEqual(expectedOf(world.model[repository]));
          }
        }),
        fuzzed(100),
      );
      expect([...statuses].sort()).toEqual(expect.arrayContaining([201, 202, 400, 404, 416]));
      expect(registry.lines).toEqual([]);
    },
    FUZZ_TIMEOUT_MS,
  );
});
