import { readFileSync } from 'node:fs';
import { buildOpenApi } from '../../../scripts/openapi.ts';
import { API_CALLS, findApiCall } from '../../../src/domain/api/calls.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const document = buildOpenApi(version) as { paths: Record<string, Record<string, { operationId: string }>> };

describe('docs/openapi.json', () => {
  it('is what `npm run openapi` makes of the contract', () => {
    expect(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has every call once', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(API_CALLS.map(({ name }) => name).sort());
  });

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(document);
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    const there = (document as unknown as { components: { schemas: object } }).components.schemas;
    expect(referred.length).toBeGreaterThan(20);
    expect([...new Set(referred)].filter((name) => !(name && name in there))).toEqual([]);
  });
});

describe('findApiCall', () => {
  it.each([
    ['GET', 'transfers', 'listTransfers'],
    ['GET', 'transfers/my-first', 'getTransfer'],
    ['DELETE', 'transfers/my-first', 'requestDeletion'],
    ['POST', 'transfers/my-first/pause', 'pauseTransfer'],
    ['GET', '/health/', 'getHealth'],
    ['PUT', 'transfers', undefined],
    ['GET', 'transfers/a/b/c', undefined],
  ])('%s %s is %s', (method, path, name) => {
    expect(findApiCall(method, path)?.name).toBe(name);
  });
});
