import { DatabaseSync } from 'node:sqlite';
import { isAllowed, loadKeys, parseAuthLevel, presentedKey, systemKeys } from '../../../../../local/host/http/keys.ts';

const keys = { function: 'f-key', master: 'm-key', system: 's-key', blobs: 'b-key', eventGrid: 'e-key' };

describe('the keys of the host', () => {
  it.each([
    ['anonymous', [undefined, 'wrong', 'f-key', 'm-key']],
    ['function', ['f-key', 'm-key']],
    ['system', ['s-key', 'm-key']],
    ['blobs', ['b-key', 'm-key']],
    ['eventGrid', ['e-key', 'm-key']],
    ['admin', ['m-key']],
  ] as const)('open level %s with %p only', (level, opening) => {
    const presented = [undefined, '', 'wrong', 'f-key', 's-key', 'b-key', 'e-key', 'm-key'];
    const allowed = presented.filter((key) => isAllowed(level, key, keys));
    expect(allowed).toEqual(level === 'anonymous' ? presented : [...opening]);
  });

  it('are taken from the header before the query', () => {
    const query = new URLSearchParams({ code: 'q' });
    expect(presentedKey({ 'x-functions-key': 'h' }, query)).toBe('h');
    expect(presentedKey({}, query)).toBe('q');
    expect(presentedKey({}, new URLSearchParams())).toBeUndefined();
  });

  it('are made up once and kept, unless they are given', () => {
    const database = new DatabaseSync(':memory:');
    const first = loadKeys(database, { master: 'given' });
    expect(first.master).toBe('given');
    expect(first.function.length).toBeGreaterThan(30);
    expect(new Set(Object.values(first)).size).toBe(5);
    expect(loadKeys(database, { master: 'given' })).toEqual(first);
    database.close();
  });

  it('have the names of the service where a deployment asks for them', () => {
    expect(systemKeys(keys)).toEqual([
      { name: 'blobs_extension', value: 'b-key' },
      { name: 'durabletask_extension', value: 's-key' },
      { name: 'eventgrid_extension', value: 'e-key' },
    ]);
  });

  it('refuse a level that does not exist', () => {
    expect(() => parseAuthLevel('system')).toThrow("authLevel is 'system'; allowed: anonymous, function, admin");
    expect(parseAuthLevel(undefined)).toBe('anonymous');
    expect(parseAuthLevel('Function')).toBe('function');
  });
});
