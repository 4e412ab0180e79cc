import { formatAzcopy, reachOf } from '../../../../src/domain/plan/hand-over.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../sample-route.ts';

describe('reachOf', () => {
  it('is how far the app brings an archive of a route', () => {
    const both = SAMPLE_ROUTE;
    const { target, ...rest } = both;
    const { registry, importPipeline, ...container } = target;
    const source = { ...rest, serves: 'source' };
    expect(reachOf(routeSchema.parse(both))).toBe('Import');
    expect(reachOf(routeSchema.parse({ ...source, target: container }))).toBe('Copy');
    expect(reachOf(routeSchema.parse(source))).toBe('Export');
  });
});

describe('formatAzcopy', () => {
  it('is a command for each blob, in their order, each to a blob of its name', () => {
    const account = 'https://src.blob.core.windows.net';
    const urls = [`${account}/acr-transfer-receipts/a.tar.receipt.json`, `${account}/transfer/a.tar`];
    expect(formatAzcopy(urls).split('\n')).toEqual([
      `azcopy copy '${urls[0]}' 'https://{account}.blob.{suffix}/acr-transfer-receipts/a.tar.receipt.json'`,
      `azcopy copy '${urls[1]}' 'https://{account}.blob.{suffix}/{container}/a.tar'`,
    ]);
  });
});
