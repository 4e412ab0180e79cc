import fc from 'fast-check';
import { Agent } from 'undici';
import { TransferError } from '../../../../src/domain/errors.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { RegistryClient } from '../../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { FUZZ_TIMEOUT_MS, fuzzed } from '../../../support/fuzz.ts';
import { BLOB, type Change, changes, DIGEST, IMAGE } from '../../../support/hostile-answers.ts';
import { type HostileAnswer, type HostileServer, startHostileServer } from '../../../support/hostile-server.ts';
import { collect, streamOf } from '../../../support/streams.ts';

const PASSWORD = 'not-for-others';
const MAX_REQUESTS = 200;
/** The largest body that the client takes (4 MiB), what a redirect's and retries' buffers hold, and some more. */
const MAX_TAKEN_BYTES = 48 * 1024 * 1024;

let server: HostileServer;
let elsewhere: HostileServer;
let agent: Agent;

beforeAll(async () => {
  [server, elsewhere] = [await startHostileServer(), await startHostileServer()];
  agent = new Agent({ keepAliveTimeout: 1, pipelining: 0 });
});

afterAll(async () => {
  await agent?.destroy();
  await Promise.all([server?.stop(), elsewhere?.stop()]);
});

function answerOf(
  status: number,
  lines: readonly string[] = [],
  body: Buffer | object = Buffer.alloc(0),
): HostileAnswer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { head: [`HTTP/1.1 ${status} X`, ...lines], body: bytes, isEndless: false };
}

const CHALLENGE = answerOf(401, [
  'WWW-Authenticate: Bearer realm="ORIGIN/token",service="s",scope="repository:a:pull"',
]);
const TOKEN = answerOf(200, [], { token: 'good', expires_in: 300 });
const MANIFEST_LINES = [
  `Content-Type: ${IMAGE.descriptor.mediaType}`,
  `Docker-Content-Digest: ${IMAGE.descriptor.digest}`,
  `Content-Length: ${IMAGE.bytes.length}`,
];
const UPLOAD = answerOf(202, ['Location: /v2/a/blobs/uploads/1?_state=x', 'Content-Length: 0']);
const CREATED = answerOf(201, [`Docker-Content-Digest: ${DIGEST}`, 'Content-Length: 0']);

/** What a client is asked to do, with what must be true of a result, and how a good registry would answer. */
interface Operation {
  run(client: RegistryClient): Promise<void>;
  good: readonly HostileAnswer[];
}

const OPERATIONS: Record<string, Operation> = {
  resolve: {
    good: [answerOf(200, MANIFEST_LINES)],
    run: async (client) => {
      const found = await client.resolve('a', IMAGE.descriptor.digest);
      if (found) expect(found.digest).toBe(IMAGE.descriptor.digest);
    },
  },
  resolveTag: {
    good: [answerOf(200, MANIFEST_LINES)],
    run: async (client) => {
      const found = await client.resolve('a', 'v1');
      if (found)
        expect(found).toMatchObject({ digest: expect.stringMatching(/^sha(256|512):/), size: expect.any(Number) });
    },
  },
  fetchManifest: {
    good: [answerOf(200, MANIFEST_LINES, IMAGE.bytes)],
    run: async (client) => {
      const { descriptor, bytes } = await client.fetchManifest('a', IMAGE.descriptor.digest);
      expect([descriptor.digest, digestOf(bytes)]).toEqual([IMAGE.descriptor.digest, IMAGE.descriptor.digest]);
    },
  },
  putManifest: {
    good: [answerOf(201, MANIFEST_LINES.slice(1, 2))],
    run: async (client) => {
      await client.putManifest('a', 'v1', IMAGE.descriptor.mediaType, IMAGE.bytes);
    },
  },
  hasBlob: {
    good: [answerOf(200, [`Content-Length: ${BLOB.length}`])],
    run: async (client) => {
      await client.hasBlob('a', DIGEST);
    },
  },
  readBlob: {
    good: [answerOf(307, ['Location: ELSEWHERE/v2/x']), answerOf(200, [`Content-Length: ${BLOB.length}`], BLOB)],
    run: async (client) => {
      expect(await collect(client.readBlob('a', { digest: DIGEST, size: BLOB.length }))).toEqual(BLOB);
    },
  },
  readRange: {
    good: [answerOf(206, [`Content-Range: bytes 5-11/${BLOB.length}`, 'Content-Length: 7'], BLOB.subarray(5, 12))],
    run: async (client) => {
      const range = { offset: 5, length: 7 };
      expect(await collect(client.readBlob('a', { digest: DIGEST, size: BLOB.length }, range))).toHaveLength(7);
    },
  },
  uploadBlob: {
    good: [answerOf(404), UPLOAD, CREATED],
    run: async (client) => {
      await client.uploadBlob('a', { digest: DIGEST, size: BLOB.length }, () => streamOf(BLOB));
    },
  },
  mountBlob: {
    good: [CREATED],
    run: async (client) => {
      await client.mountBlob('a', DIGEST, 'b');
    },
  },
  listReferrers: {
    good: [answerOf(200, ['Content-Type: application/json'], { manifests: [IMAGE.descriptor] })],
    run: async (client) => {
      for (const { digest } of await client.listReferrers('a', DIGEST)) expect(digest).toMatch(/^sha(256|512):/);
    },
  },
  listTags: {
    good: [
      answerOf(200, ['Link: </v2/a/tags/list?last=b>; rel="next"'], { tags: ['a', 'b'] }),
      answerOf(200, [], { tags: ['c'] }),
    ],
    run: async (client) => {
      for await (const tag of client.listTags('a')) expect(typeof tag).toBe('string');
    },
  },
  listRepositories: {
    good: [answerOf(200, [], { repositories: ['a', 'b'] })],
    run: async (client) => {
      for await (const name of client.listRepositories()) expect(typeof name).toBe('string');
    },
  },
};

/** The answers of a good registry, behind a challenge or not, with some of them changed. */
function conversation(good: readonly HostileAnswer[], isChallenged: boolean, changed: readonly [number, Change][]) {
  const answers = [...(isChallenged ? [CHALLENGE, TOKEN] : []), ...good];
  for (const [at, change] of changed) {
    const answer = answers[at % answers.length];
    if (answer) answers[at % answers.length] = change(answer);
  }
  return answers.map(placed);
}

function placed(answer: HostileAnswer): HostileAnswer {
  const place = (line: string) => line.replace('ORIGIN', server.origin).replace('ELSEWHERE', elsewhere.origin);
  return { ...answer, head: answer.head.map(place) };
}

function clientOf(): RegistryClient {
  const tokens = passwordTokenSource('reader', PASSWORD, { dispatcher: agent });
  return new RegistryClient({ endpoint: server.origin, tokens, dispatcher: agent, retryDelaysMs: [0, 0] });
}

describe('a registry of bad will', () => {
  it.each(Object.entries(OPERATIONS))(
    'at %s gets no credentials for others, sends no bytes past the limits, is told what is wrong, and comes to an end',
    async (_name, { run, good }) => {
      const outcomes = new Set<string>();
      const some = fc.array(fc.tuple(fc.nat(9), changes), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.boolean(), some, async (isChallenged, changed) => {
          const answers = conversation(good, isChallenged, changed);
          server.answerWith(answers);
          elsewhere.answerWith(answers.slice(-1));
          const error = await run(clientOf()).catch((caught: unknown) => caught);

          if (error !== undefined) expect(error).toBeInstanceOf(TransferError);
          expect(elsewhere.heads.join('\n').toLowerCase()).not.toContain('\nauthorization:');
          expect(server.heads.length + elsewhere.heads.length).toBeLessThan(MAX_REQUESTS);
          expect(server.sentBytes + elsewhere.sentBytes).toBeLessThan(MAX_TAKEN_BYTES);
          outcomes.add(error instanceof TransferError ? error.code : 'done');
        }),
        fuzzed(150),
      );
      expect(outcomes.has('done') && outcomes.size > 1).toBe(true);
    },
    FUZZ_TIMEOUT_MS,
  );
});
