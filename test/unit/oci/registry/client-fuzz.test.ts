import fc from 'fast-check';
import { Agent } from 'undici';
import { TransferError } from '../../../../src/domain/errors.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { RegistryClient } from '../../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { FUZZ_TIMEOUT_MS, fuzzed } from '../../../support/fuzz.ts';
import { type HostileAnswer, type HostileServer, startHostileServer } from '../../../support/hostile-server.ts';
import { buildImage } from '../../../support/images.ts';
import { collect, streamOf } from '../../../support/streams.ts';

const IMAGE = buildImage({ seed: 4, layerSizes: [300] });
const BLOB = Buffer.from('a blob of a few bytes');
const DIGEST = digestOf(BLOB);
const OTHER = digestOf(Buffer.from('other'));
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

const urls = fc.constantFrom(
  '/v2/a/blobs/uploads/1',
  '/v2/a/tags/list?n=1000',
  '/v2/a/tags/list?n=1000&last=x',
  'ORIGIN/v2/x',
  'ELSEWHERE/v2/x',
  'https://127.0.0.1:1/x',
  'http://user:pass@127.0.0.1/',
  'ftp://x/',
  '//',
  'http://[',
  '',
);
const challenges = fc.constantFrom(
  'Bearer realm="ORIGIN/token",service="s",scope="repository:a:pull"',
  'Bearer realm="ELSEWHERE/token",service="s"',
  'Bearer realm="ORIGIN/token',
  'Bearer realm=""',
  'Bearer',
  'Basic realm="x"',
  `${' '.repeat(8000)}x`,
  `Bearer ${'a='.repeat(4000)}`,
  'Bearer realm="javascript:alert(1)"',
);
const headers = fc.oneof(
  fc
    .constantFrom(DIGEST, OTHER, IMAGE.descriptor.digest, 'sha256:x', 'md5:0', '')
    .map((digest) => `Docker-Content-Digest: ${digest}`),
  fc.constantFrom('0', '5', '21', '99999999999999999999', '-1', 'x').map((length) => `Content-Length: ${length}`),
  urls.map((url) => `Location: ${url}`),
  urls.map((url) => `Link: <${url}>; rel="next"`),
  challenges.map((challenge) => `WWW-Authenticate: ${challenge}`),
  fc
    .constantFrom('bytes 0-20/21', 'bytes 5-20/21', 'bytes 0-0/1', `bytes ${'9'.repeat(4000)}`, 'x')
    .map((range) => `Content-Range: ${range}`),
  fc
    .constantFrom('application/json', IMAGE.descriptor.mediaType, 'text/html', '\u00ff')
    .map((type) => `Content-Type: ${type}`),
  fc
    .constantFrom('0', '0.001', '-5', '1e999', 'Thu, 01 Jan 1970 00:00:00 GMT', 'x')
    .map((value) => `Retry-After: ${value}`),
  fc.constantFrom(
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'no colon here',
    ': no name',
    `X: ${'y'.repeat(9000)}`,
  ),
);
const bodies = fc.oneof(
  fc.constantFrom(BLOB, IMAGE.bytes, Buffer.alloc(0), Buffer.from('zz\r\nnot a chunk')),
  fc
    .constantFrom(
      { tags: ['a', 'b'] },
      { tags: null },
      { tags: [1] },
      { token: 'x y' },
      { token: 'good', expires_in: -1e308 },
      { token: 'line\nbreak' },
      { errors: [{ code: 'DENIED', message: 'no' }] },
      { errors: [] },
      [],
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
);
const statuses = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(200, 201, 202, 204, 206, 301, 304, 307, 400, 401, 403, 404, 416, 429, 500, 503),
  },
  fc.integer({ min: 100, max: 999 }),
);

/** What is wrong with one answer of an otherwise good conversation. */
type Change = (answer: HostileAnswer) => HostileAnswer;
const lineAdded = headers.map(
  (line): Change =>
    (answer) => ({ ...answer, head: [...answer.head, line] }),
);
const lineReplaced = headers.map(
  (line): Change =>
    ({ head: [status = '', ...lines], ...answer }) => {
      const name = line.split(':', 1)[0]?.toLowerCase() ?? '';
      return {
        ...answer,
        head: [status, ...lines.filter((other) => !other.toLowerCase().startsWith(`${name}:`)), line],
      };
    },
);
const linesDropped = fc.constant<Change>((answer) => ({ ...answer, head: answer.head.slice(0, 1) }));
const statusChanged = statuses.map(
  (status): Change =>
    ({ head: [, ...lines], ...answer }) => ({
      ...answer,
      head: [`HTTP/1.1 ${status} X`, ...lines],
    }),
);
const garbage = fc.constant<Change>((answer) => ({ ...answer, head: ['no http at all'] }));
const bodyChanged = bodies.map(
  (body): Change =>
    (answer) => ({ ...answer, body }),
);
const endless = fc.constant<Change>((answer) => ({ ...answer, isEndless: true }));
const changes = fc.oneof(
  { weight: 4, arbitrary: lineAdded },
  { weight: 8, arbitrary: lineReplaced },
  { weight: 3, arbitrary: statusChanged },
  { weight: 3, arbitrary: bodyChanged },
  linesDropped,
  garbage,
  endless,
);

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
