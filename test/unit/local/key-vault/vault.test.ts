import type { VaultState } from '../../../../local/key-vault/state.ts';
import { Vault } from '../../../../local/key-vault/vault.ts';

let state: VaultState;
let now: number;
let vault: Vault;

beforeEach(() => {
  state = { secrets: {}, deleted: {}, keys: {} };
  now = 1000;
  vault = new Vault(state, () => now);
});

describe('Vault', () => {
  it('tells when a version was made and when it was changed', () => {
    const { version } = vault.set('a', { value: 'v' });
    now = 2000;

    expect(vault.update('a', version, { contentType: 'text/plain' })).toMatchObject({ created: 1000, updated: 2000 });
  });

  it('changes the newest version when none is named', () => {
    const first = vault.set('a', { value: '1' });
    vault.set('a', { value: '2' });
    vault.update('a', undefined, { enabled: false });

    expect(() => vault.get('a', undefined)).toThrow(expect.objectContaining({ innerCode: 'SecretDisabled' }));
    expect(vault.get('a', first.version).value).toBe('1');
  });

  it('does not tell upper and lower case in names apart', () => {
    vault.set('Name', { value: '1' });
    vault.set('NAME', { value: '2' });

    expect(vault.get('name', undefined).value).toBe('2');
    expect(vault.newest().map(([name]) => name)).toEqual(['Name']);
    vault.delete('nAME');
    expect(() => vault.set('name', { value: '3' })).toThrow(expect.objectContaining({ status: 409 }));
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('knows no secret %s unless it was set', (name) => {
    expect(() => vault.get(name, undefined)).toThrow(expect.objectContaining({ code: 'SecretNotFound' }));
    vault.set(name, { value: 'v' });
    expect(vault.get(name, undefined).value).toBe('v');
  });

  it('changes nothing when it refuses', () => {
    vault.set('a', { value: 'v' });
    vault.delete('a');
    const before = structuredClone(state);

    for (const refused of [
      () => vault.set('a', { value: 'w' }),
      () => vault.get('a', undefined),
      () => vault.update('a', undefined, {}),
      () => vault.delete('a'),
      () => vault.recover('b'),
      () => vault.purge('b'),
    ]) {
      expect(refused).toThrow(expect.objectContaining({ name: 'VaultError' }));
    }
    expect(state).toEqual(before);
  });

  it('schedules the purge of a deleted secret in 90 days', () => {
    vault.set('a', { value: 'v' });

    expect(vault.delete('a')).toMatchObject({ deletedDate: 1000, scheduledPurgeDate: 1000 + 90 * 86_400 });
  });
});
