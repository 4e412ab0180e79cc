import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertOwnOrigin, USER_AGENT_PREFIX } from '../../../src/azure/client-policy.ts';

describe('USER_AGENT_PREFIX', () => {
  it('names the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(USER_AGENT_PREFIX).toBe(`acr-transfer/${version}`);
  });
});

describe('assertOwnOrigin', () => {
  it('passes URLs of the endpoint, by whatever path', () => {
    expect(() => assertOwnOrigin('https://management.azure.com/a?b=c', 'https://management.azure.com')).not.toThrow();
  });

  it.each([
    'https://management.azure.com.evil.test/a',
    'https://management.azure.com:444/a',
    'http://management.azure.com/a',
    'https://management.azure.com@evil.test/a',
    'not a URL',
  ])('refuses %s', (url) => {
    expect(() => assertOwnOrigin(url, 'https://management.azure.com')).toThrow(
      expect.objectContaining({ code: 'FOREIGN_ORIGIN', class: 'service' }),
    );
  });
});
