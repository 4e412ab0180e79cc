import type { CallRecord } from '../../local/calls/call.ts';
import { APP_IDENTITY } from '../../local/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const TAGS = 60;
/** Tokens of a registry and of its one repository, and calls that were refused before there was one. */
const SIGN_IN_CALLS = 10;
const tags = Array.from({ length: TAGS }, (_, index) => `v${index}`);

beforeAll(async () => {
  cloud = await startTestStack();
  const image = buildImage({ seed: 83, layerSizes: [300] });
  for (const side of ['source', 'target'] as const) {
    for (const tag of tags) await pushImage(cloud.stack.registry(side), 'there/app', tag, image);
  }
});
afterAll(() => cloud?.stop());

describe('artifacts that the target has', () => {
  it.each([
    ['named', tags.map((tag) => `there/app:${tag}`), 0],
    ['selected', ['there/app:*'], 1],
  ])('%s cost one request each in a registry, no blob and no run', async (_, artifacts, lists) => {
    const after = (await cloud.calls()).at(-1)?.n ?? 0;
    const document = await cloud.transfer(artifacts);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: TAGS, AlreadyPresent: TAGS } });
    const calls = (await cloud.calls({ after })).filter(({ identity }) => identity === APP_IDENTITY.objectId);
    for (const service of ['registrySource', 'registryTarget']) {
      const there = calls.filter((call) => call.service === service);
      const heads = there.filter(({ operation }) => operation === 'HeadManifest');
      expect(new Set(heads.map(({ path }) => path)).size).toBe(TAGS);
      expect(heads.filter(isAnswered)).toHaveLength(TAGS);
      const others = there.filter((call) => !heads.includes(call) || !isAnswered(call));
      expect(others.filter(({ operation }) => /Blob|GetManifest/.test(operation))).toEqual([]);
      const listing = others.filter(({ operation }) => operation === 'ListTags');
      expect(listing).toHaveLength(service === 'registrySource' ? lists : 0);
      expect(others.length - listing.length).toBeLessThanOrEqual(SIGN_IN_CALLS);
    }
    expect(calls.filter(({ path }) => /pipelineRuns/i.test(path))).toEqual([]);
  });
});

function isAnswered({ status }: CallRecord): boolean {
  return status !== 401;
}
