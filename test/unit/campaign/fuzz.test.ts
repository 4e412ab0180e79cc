import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countProperties, SUITES } from '../../../campaign/fuzz.ts';

const ROOT = join(__dirname, '../../..');

describe('the fuzzing of a campaign', () => {
  it('has every file of fuzzed properties once, and all of the runs', () => {
    const files = globSync('test/**/*-fuzz.test.ts', { cwd: ROOT });
    expect(SUITES.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(SUITES.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it.each(SUITES.map(({ file }) => file))('%s has one property in each test', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const count = (pattern: RegExp) => text.match(pattern)?.length;
    expect(count(/\bfc\.assert\(/g)).toBe(count(/^\s*(it|test)(\.each\(.*\))?\(/gm));
    expect(text).not.toMatch(/\b(it|test)\.(skip|only)/);
  });

  it('counts the properties of a table', async () => {
    expect(await countProperties('test/unit/oci/registry/client-fuzz.test.ts')).toBe(12);
  });
});
