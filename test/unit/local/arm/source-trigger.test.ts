import { meetsConditions } from '../../../../local/arm/source-trigger.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const blob = (
  change: object = {},
  metadata: Record<string, string> | undefined = { category: 'acr-transfer-blob' },
) => ({
  name: 'archive.tar',
  properties: { etag: '1', lastModified: new Date(NOW_MS), contentMD5: new Uint8Array(16), ...change },
  ...(metadata === undefined ? {} : { metadata }),
});

describe('the source trigger', () => {
  it.each([
    ['a blob that has just changed', blob()],
    ['one of just under 60 days', blob({ lastModified: new Date(NOW_MS - 60 * DAY_MS + 1) })],
    ['one whose key is written otherwise', blob({}, { Category: 'acr-transfer-blob', more: 'x' })],
  ])('takes %s', (_, candidate) => {
    expect(meetsConditions(candidate, NOW_MS)).toBe(true);
  });

  it.each([
    ['a blob of 60 days', blob({ lastModified: new Date(NOW_MS - 60 * DAY_MS) })],
    ['one without MD5', blob({ contentMD5: undefined })],
    ['one with an empty MD5', blob({ contentMD5: new Uint8Array() })],
    ['one of another category', blob({}, { category: 'other' })],
    ['one without metadata', { ...blob(), metadata: {} }],
  ])('leaves %s', (_, candidate) => {
    expect(meetsConditions(candidate, NOW_MS)).toBe(false);
  });
});
