import fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import type { HostileAnswer } from './hostile-server.ts';
import { buildImage } from './images.ts';

/** The artifact that conversations are about. */
export const IMAGE = buildImage({ seed: 4, layerSizes: [300] });
/** The blob that conversations are about. */
export const BLOB = Buffer.from('a blob of a few bytes');
export const DIGEST = digestOf(BLOB);
const OTHER = digestOf(Buffer.from('other'));

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
export type Change = (answer: HostileAnswer) => HostileAnswer;
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
/** Anything that may be wrong. `ORIGIN` and `ELSEWHERE` in header lines stand for the two servers. */
export const changes = fc.oneof(
  { weight: 4, arbitrary: lineAdded },
  { weight: 8, arbitrary: lineReplaced },
  { weight: 3, arbitrary: statusChanged },
  { weight: 3, arbitrary: bodyChanged },
  linesDropped,
  garbage,
  endless,
);
