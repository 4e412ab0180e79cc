import { mintContainerSas, probeContainerSas } from '../../../../src/azure/sas/sas.ts';
import { type FakeService, fixedCredential, type Reply, startFakeService } from '../fake-service.ts';

let storage: FakeService;
let containerUrl: string;

beforeAll(async () => {
  storage = await startFakeService();
  containerUrl = `https://127.0.0.1:${storage.port}/acct/box`;
});
afterAll(() => storage.stop());
beforeEach(() => {
  storage.seen = [];
});

const dayMs = 86_400_000;
const storageError = (status: number, code: string): Reply => ({
  status,
  headers: { 'x-ms-error-code': code, 'content-type': 'application/xml', 'x-ms-request-id': 'r-7' },
  text: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`,
});
/** Answers as storage does to a token that gives everything. */
const allow = (request: { method: string; query: Record<string, string> }): Reply => {
  if (request.query.comp === 'list') {
    const text = '<?xml version="1.0"?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>';
    return { status: 200, headers: { 'content-type': 'application/xml' }, text };
  }
  if (request.query.comp === 'block') return { status: 201 };
  return storageError(404, 'BlobNotFound');
};

describe('mintContainerSas', () => {
  const mint = (startsAt: Date, expiresAt: Date) =>
    mintContainerSas({ containerUrl, credential: fixedCredential(), permissions: 'alrw', startsAt, expiresAt });

  it('refuses a life beyond the service limit, and ends in the wrong order, before asking', async () => {
    const now = new Date();
    await expect(mint(now, new Date(now.getTime() + 7 * dayMs + 1))).rejects.toThrow(/allowed: up to 7 days/);
    await expect(mint(now, now)).rejects.toThrow(RangeError);
    expect(storage.seen).toHaveLength(0);
  });
});

describe('probeContainerSas', () => {
  it('is ok when everything is allowed, and makes no blob', async () => {
    storage.reply = allow;
    await expect(probeContainerSas(containerUrl, '?sv=1&sig=x', 'adlrw')).resolves.toEqual({ ok: true });
    const kinds = storage.seen.map(({ method, query }) => `${method} ${query.comp ?? ''}`.trim());
    expect(kinds.sort()).toEqual(['DELETE', 'GET list', 'HEAD', 'PUT block', 'PUT block']);
  });

  it.each([
    ['l', 'GET'],
    ['r', 'HEAD'],
    ['w', 'PUT'],
    ['d', 'DELETE'],
  ])('names the permission %s when its request is refused', async (permission, method) => {
    storage.reply = (request) =>
      request.method === method ? storageError(403, 'AuthorizationPermissionMismatch') : allow(request);
    await expect(probeContainerSas(containerUrl, 'sv=1&sig=x', 'dlrw')).resolves.toEqual({
      ok: false,
      permission,
      status: 403,
      code: 'AuthorizationPermissionMismatch',
      correlationId: 'r-7',
    });
  });

  it('throws what says nothing about the token', async () => {
    storage.reply = () => 'cut';
    await expect(probeContainerSas(containerUrl, 'sv=1&sig=x', 'l')).rejects.toMatchObject({ class: 'transient' });
  });

  it('refuses a permission that it cannot try', async () => {
    await expect(probeContainerSas(containerUrl, 'sv=1&sig=x', 'lx')).rejects.toThrow(/x; allowed: letters of adlrw/);
  });
});
