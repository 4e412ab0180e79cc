import fc from 'fast-check';
import { FUZZ_TIMEOUT_MS, fuzzed, summarized } from '../../../support/fuzz.ts';
import { sendRaw } from '../../../support/raw-request.ts';
import {
  BASIC,
  digestOf,
  imageManifest,
  OCI_MANIFEST,
  pushImage,
  type RegistryFixture,
  startFixture,
} from './registry-fixture.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
const LAYER = digestOf('layer');

let registry: RegistryFixture;
let before: string;

beforeAll(async () => {
  registry = await startFixture();
  await pushImage(registry, 'team/app', 'v1', ['layer']);
  before = await visible();
});

afterAll(async () => {
  await registry?.stop();
});

/** All that the registry shows, as text. */
async function visible(): Promise<string> {
  const paths = [
    '/v2/_catalog',
    '/acr/v1/team/app/_tags',
    '/acr/v1/team/app/_manifests',
    `/v2/team/app/blobs/${LAYER}`,
  ];
  const answers = await Promise.all(paths.map((path) => registry.call('GET', path)));
  return answers.map(({ status, bytes }) => `${status} ${bytes}`).join('\n');
}

const names = fc.oneof(
  { weight: 2, arbitrary: fc.constant('team/app') },
  fc.constantFrom(
    'team/app',
    'Team',
    'team//app',
    'team/app/',
    '..',
    '../../etc',
    '%2e%2e%2f',
    'team%2Fapp',
    'team%00',
    'a'.repeat(256),
    'team/_tags',
    '%zz',
    'team/app/blobs/uploads',
    '_catalog',
    '%ff',
    'team/\u00e9',
    'con',
    '-',
    'a/'.repeat(100),
  ),
);
const references = fc.constantFrom(
  'v1',
  LAYER,
  digestOf('missing'),
  'sha256:',
  `sha256:${'A'.repeat(64)}`,
  `sha512:${'0'.repeat(128)}`,
  'md5:0',
  '-v',
  '.',
  '%2e%2e',
  'v1%00',
  'x'.repeat(129),
  '%0d%0aSet-Cookie:x',
  '',
  '*',
  'list',
  '__proto__',
);
const queries = fc.constantFrom(
  '',
  '?',
  '?n=-1',
  '?n=1e9',
  '?n=99999999999',
  '?last=%00',
  '?digest=',
  `?digest=${LAYER}`,
  '?mount=x',
  `?mount=${LAYER}&from=../x`,
  '?_state=x',
  '?artifactType=%0d%0a',
  '?orderby=%27',
  '?scope=x',
  '?service=%0d',
  '?n=1&n=2',
  '?%',
  '?digest[]=1',
  `?x=${'y'.repeat(6000)}`,
);
const targets = fc
  .tuple(
    fc.constantFrom(
      '/v2/NAME/manifests/REF',
      '/v2/NAME/blobs/REF',
      '/v2/NAME/blobs/uploads/',
      '/v2/NAME/blobs/uploads/REF',
      '/v2/NAME/tags/list',
      '/v2/NAME/referrers/REF',
      '/acr/v1/NAME/_tags',
      '/acr/v1/NAME/_manifests',
      '/v2/_catalog',
      '/v2/',
      '/oauth2/token',
      '/oauth2/exchange',
      '/NAME/REF',
      '//NAME',
      '*',
      'http://x/v2/',
    ),
    names,
    references,
    queries,
  )
  .map(([form, name, reference, query]) => form.replace('NAME', () => name).replace('REF', () => reference) + query);
const methods = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH') },
  fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'LINK', 'get', 'BREW'),
);
const headers = fc.constantFrom(
  'Range: bytes=9-1',
  'Range: bytes=-',
  'Range: bytes=0-0,2-3',
  `Range: bytes=${'9'.repeat(400)}-`,
  'Range: lines=1',
  'Content-Range: 5-1',
  'Content-Range: bytes 0-/1',
  `Content-Range: 0-${'9'.repeat(400)}`,
  'Content-Range: x',
  'Content-Length: -1',
  'Content-Length: 5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Content-Type: application/vnd.oci.image.manifest.v1+json',
  `Content-Type: ${'a'.repeat(4000)}`,
  'Content-Type: \u00ff',
  'If-None-Match: *',
  `If-None-Match: ${','.repeat(4000)}`,
  'If-Range: "',
  'Accept: ,,,;',
  'Accept: text/html',
  'Expect: 100-continue',
  'Expect: tea',
  'Authorization: Basic',
  'Authorization: Basic ====',
  'Authorization: Bearer a.b.c',
  `Authorization: Bearer ${'e30.'.repeat(3)}`,
  'Authorization: Negotiate x',
  'Connection: upgrade',
  'Upgrade: h2c',
  'X\u0000: y',
  ': empty',
  'no colon',
  `X-Long: ${'z'.repeat(20_000)}`,
);
const hosts = fc.oneof(
  { weight: 30, arbitrary: fc.constant('localhost') },
  fc.constantFrom(
    '',
    'other.azurecr.source.test',
    'a"b',
    'x y',
    '[::1]:99999',
    'localhost:\u00ff',
    'evil.example/path',
    '@',
    '%',
  ),
);
const bodies = fc.constantFrom(
  '',
  '{}',
  'x'.repeat(5),
  imageManifest(['layer']),
  '[[[[[[',
  '5\r\nhello\r\n',
  'ffffffffffffffff\r\n',
  '\u0000',
);

/** A request of which something may be wrong in every part. It is signed in unless its headers say otherwise. */
const requests = fc
  .record({
    method: methods,
    target: targets,
    host: hosts,
    lines: fc.array(headers, { maxLength: 2 }),
    body: bodies,
  })
  .map(({ method, target, host, lines, body }) => {
    const signedIn = lines.some((line) => line.startsWith('Authorization')) ? [] : [`Authorization: ${BASIC}`];
    const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...signedIn, ...lines];
    return summarized(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  });

/** What an honest client may do too, and what changes something then. */
function mayChange(request: Buffer): boolean {
  return /^(PUT|DELETE) \/v2\/team(\/|%2F)app\/(manifests|blobs)\//.test(request.toString('latin1'));
}

const jsonValues = fc.jsonValue({ maxDepth: 4 });
const wrongParts = fc
  .record(
    {
      schemaVersion: fc.oneof(fc.constantFrom(1, '2', null), fc.string()),
      mediaType: fc.oneof(fc.constantFrom('text/plain', ''), jsonValues),
      config: jsonValues,
      layers: fc.oneof(
        fc.constantFrom(null, 1, 'x', {}),
        fc.array(fc.record({ mediaType: fc.string(), digest: fc.string(), size: fc.double() }), { minLength: 1 }),
      ),
      subject: jsonValues,
      annotations: fc.oneof(fc.constantFrom(1, 'x', [1]), fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 })),
      artifactType: fc.integer(),
    },
    { requiredKeys: [] },
  )
  .filter((parts) => Object.keys(parts).length > 0);

describe('a request that is wrong in any of its parts', () => {
  it(
    'gets a short answer that is no 5xx, and changes nothing that is visible',
    async () => {
      const port = Number(new URL(registry.httpOrigin).port);
      const statuses = new Set<number | undefined>();
      await fc.assert(
        fc.asyncProperty(
          requests.filter((request) => !mayChange(request)),
          async (request) => {
            const { status, text } = await sendRaw(port, request);
            statuses.add(status);
            expect(text.length).toBeLessThan(MAX_ANSWER_BYTES);
            expect([request.toString('latin1').slice(0, 300), isNoFailure(status ?? 400)]).toEqual([
              expect.anything(),
              true,
            ]);
            expect(registry.lines).toEqual([]);
          },
        ),
        fuzzed(1500),
      );
      expect(await visible()).toBe(before);
      expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404, 405]));
    },
    FUZZ_TIMEOUT_MS,
  );
});

describe('a manifest that is wrong in any of its members', () => {
  it(
    'is refused with a reason and tags nothing',
    async () => {
      await fc.assert(
        fc.asyncProperty(wrongParts, async (parts) => {
          const body = JSON.stringify({ ...JSON.parse(imageManifest(['layer'])), ...parts });
          const answer = await registry.call('PUT', '/v2/team/app/manifests/v1', {
            body,
            headers: { 'content-type': OCI_MANIFEST },
          });
          expect([answer.status, answer.code]).toEqual([
            400,
            expect.stringMatching(/^MANIFEST_(INVALID|BLOB_UNKNOWN)$/),
          ]);
        }),
        fuzzed(600),
      );
      expect(await visible()).toBe(before);
    },
    FUZZ_TIMEOUT_MS,
  );
});

function isNoFailure(status: number): boolean {
  return status < 500 || status === 501;
}
