import { formatEntityId, parseEntityId } from '../../../../../local/host/durable/entity-id.ts';

describe('entity ids', () => {
  it('have names in lower case, and keys as they are', () => {
    expect(formatEntityId({ name: 'Slots', key: 'A@b/C' })).toBe('@slots@A@b/C');
    expect(parseEntityId('@Slots@A@b/C')).toEqual({ name: 'slots', key: 'A@b/C' });
  });

  it.each(['', 'slots', '@slots', '@slots@', '@@key', 'slots@key'])('%p is none', (text) => {
    expect(() => parseEntityId(text)).toThrow(`'${text}' is no entity id; allowed: @name@key`);
  });
});
