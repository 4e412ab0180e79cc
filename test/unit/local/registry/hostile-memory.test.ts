import { ChildProgram, type MemoryReport } from '../../../support/child-program.ts';
import { BASIC, digestOf, OCI_MANIFEST } from './registry-fixture.ts';

const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
/** Not a speed: what takes so long hangs. */
const DEADLINE_MS = 60_000;
/** 4 MiB of `[` alone cost V8 some 200 MB until the next collection. */
const MAX_PEAK_BYTES = 700e6;
/** Of noise in what is in use after a collection. */
const MAX_GROWTH_BYTES = 16e6;
const ROUNDS = 3;

const descriptor = JSON.stringify({ mediaType: 'a/b', digest: digestOf('missing'), size: 1 });
const wrong = JSON.stringify({ mediaType: 1, digest: 'x', size: -1 });

/** So many of a text, with commas, as a manifest has room for. */
const many = (text: string) =>
  Array<string>(Math.floor((MANIFEST_LIMIT_BYTES - 500) / (text.length + 1)))
    .fill(text)
    .join(',');
const imageWith = (members: string) => `{"schemaVersion":2,"config":${descriptor},${members}}`;

/** Manifests of about 4 MiB, each large in something else. */
const HOSTILE: Record<string, string> = {
  'opened and never closed': '['.repeat(MANIFEST_LIMIT_BYTES),
  'nested deeply': imageWith(`"layers":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`),
  'layers that are missing': imageWith(`"layers":[${many(descriptor)}]`),
  'layers that are wrong': imageWith(`"layers":[${many(wrong)}]`),
  'layers that are numbers': imageWith(`"layers":[${many('0')}]`),
  'one long text': imageWith(`"layers":[],"mediaType":"${'x'.repeat(MANIFEST_LIMIT_BYTES - 500)}"`),
  'one long key': imageWith(`"layers":[],"annotations":{"${'x'.repeat(MANIFEST_LIMIT_BYTES - 500)}":1}`),
  'many annotations': imageWith(
    `"layers":[],"annotations":{${Array.from({ length: 250_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  ),
  'too large': 'x'.repeat(MANIFEST_LIMIT_BYTES + 1),
};

describe('a registry that gets one large wrong manifest after the other', () => {
  const program = new ChildProgram('registry-memory');
  let origin: string;
  beforeAll(async () => {
    ({ origin } = await program.next<{ origin: string }>(DEADLINE_MS));
  });
  afterAll(() => program.stop());

  async function put(body: string): Promise<{ status: number; text: string }> {
    const headers = { authorization: BASIC, 'content-type': OCI_MANIFEST };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const answer = await fetch(`${origin}/v2/team/app/manifests/v1`, { method: 'PUT', body, headers, signal });
    return { status: answer.status, text: await answer.text() };
  }

  it('refuses each in short words, and keeps nothing of them in memory', async () => {
    const used: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [what, body] of Object.entries(HOSTILE)) {
        const { status, text } = await put(body);
        expect([what, status]).toEqual([what, what === 'too large' ? 413 : 400]);
        expect(text.length).toBeLessThan(1000);
      }
      const report = await program.ask<MemoryReport & { logged: string[] }>('', DEADLINE_MS);
      expect(report.logged).toEqual([]);
      expect(report.peakBytes).toBeLessThan(MAX_PEAK_BYTES);
      used.push(report.usedBytes);
    }
    expect((used.at(-1) ?? 0) - (used[0] ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
  }, 300_000);
});
