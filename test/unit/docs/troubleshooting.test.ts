import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECK_CODES, DIAGNOSIS_CODES } from '../../../src/domain/checks/codes.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/troubleshooting.md'), 'utf8');

/** Code and sentence of each row of a section's table. */
function rowsOf(heading: string): [string, string][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` +\| (.*?) \| (.+) \|$/gm)].map(([, code = '', says = '']) => [
    code,
    says.trim(),
  ]);
}

describe('docs/troubleshooting.md', () => {
  it.each([
    ['What the check finds', CHECK_CODES],
    ['Why a run or a transfer failed', DIAGNOSIS_CODES],
  ])('explains under "%s" every code in its words, and no other', (heading, codes) => {
    expect(rowsOf(heading)).toEqual(Object.entries(codes));
  });

  it('names by symptom only codes that it explains', () => {
    const section = page.split(/^## /m).find((text) => text.startsWith('By symptom')) ?? '';
    const named = [...section.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g)].map(([, code]) => code);
    const known = [...Object.keys(CHECK_CODES), ...Object.keys(DIAGNOSIS_CODES)];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((code) => !known.includes(code ?? ''))).toEqual([]);
  });
});
