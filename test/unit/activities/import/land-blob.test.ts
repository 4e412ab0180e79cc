import { judgeLanded } from '../../../../src/activities/import/land-blob.ts';
import type { Services } from '../../../../src/activities/services.ts';
import type { Route } from '../../../../src/domain/route/route.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../../domain/sample-route.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const BLOB = { name: 'n.tar', sizeBytes: 10, contentMd5: 'AAAAAAAAAAAAAAAAAAAAAA==', etag: '"1"' };

function judge(
  auto: Route['import']['auto'],
  daysOld: number,
  category: Record<string, string> = { category: 'acr-transfer-blob' },
) {
  const route = routeSchema.parse({ ...SAMPLE_ROUTE, import: { auto } });
  const properties = { source: {}, options: [], trigger: { sourceTrigger: { status: 'Enabled' } } };
  const side = { pipelines: { getImportPipeline: async () => ({ properties }) } };
  const lastModified = new Date(NOW.getTime() - daysOld * 86_400_000).toISOString();
  const blob = { ...BLOB, lastModified, metadata: category };
  const services = { side: () => side, route: () => route } as unknown as Services;
  return judgeLanded(services, route, blob, { now: NOW, ownsTransfer: async () => false });
}

describe('a blob that has lain there for more than 60 days', () => {
  it('is left alone, with the reason, where the trigger of ACR decides', async () => {
    const tooOld = { kind: 'Ignored', reason: expect.stringContaining('older than 60 days') };
    expect(await judge('mirror', 61)).toMatchObject(tooOld);
    expect(await judge('never', 61)).toMatchObject(tooOld);
    expect(await judge('mirror', 59)).toMatchObject({ kind: 'Import' });
  });

  it('is imported where the route always does', async () => {
    expect(await judge('always', 61)).toMatchObject({ kind: 'Import' });
  });

  it('is the only condition of the trigger that keeps the app from importing what is Enabled', async () => {
    expect(await judge('mirror', 1, {})).toMatchObject({ kind: 'Import' });
  });
});
