import { decideImport, withoutCategory } from '../../../src/domain/auto-import.ts';

describe('decideImport', () => {
  it.each<['mirror' | 'always' | 'never', string | undefined, boolean]>([
    ['mirror', 'Enabled', true],
    ['mirror', 'Disabled', false],
    ['mirror', 'disabled', false],
    ['mirror', undefined, true],
    ['mirror', 'Suspended', true],
    ['always', 'Enabled', true],
    ['always', 'Disabled', true],
    ['always', undefined, true],
    ['never', 'Enabled', false],
    ['never', 'Disabled', false],
    ['never', undefined, false],
  ])('with %s and a trigger that is %s says %s', (auto, status, imports) => {
    expect(decideImport(auto, status).import).toBe(imports);
  });

  it('says why a blob is left alone', () => {
    expect(decideImport('mirror', 'Disabled')).toMatchObject({ reason: expect.stringContaining('Disabled') });
    expect(decideImport('never', 'Enabled')).toMatchObject({ reason: expect.stringContaining('never') });
  });
});

describe('withoutCategory', () => {
  it('takes the mark away, however it is spelled, and keeps the rest', () => {
    expect(withoutCategory({ Category: 'acr-transfer-blob', kept: '1' })).toEqual({ kept: '1' });
    expect(withoutCategory({ category: 'other' })).toEqual({});
  });

  it('leaves what it is given as it is', () => {
    const metadata = { category: 'acr-transfer-blob' };
    withoutCategory(metadata);
    expect(metadata).toEqual({ category: 'acr-transfer-blob' });
  });
});
