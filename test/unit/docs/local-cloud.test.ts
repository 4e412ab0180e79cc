import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMONSTRATIONS } from '../../../local/faults/demonstrations.ts';
import { FAULT_STATUSES, parseRule } from '../../../local/faults/rule.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
const guide = read('docs/local-cloud.md');
const faults = read('local/faults/README.md');

describe('docs/local-cloud.md', () => {
  it('lists every demonstration, and no other', () => {
    const listed = [...guide.matchAll(/^\| `([\w-]+)` \| .*\|$/gm)].map(([, name]) => name);
    expect(listed.filter((name) => name && name in DEMONSTRATIONS)).toEqual(Object.keys(DEMONSTRATIONS));
    const named = [...guide.matchAll(/--fault ([a-z-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name && name in DEMONSTRATIONS))).toEqual([]);
  });

  it('shows rules that are rules', () => {
    const rules = [...guide.matchAll(/'(\{"services.*?\})'/g)].map(([, text = '']) => JSON.parse(text));
    expect(rules).toHaveLength(2);
    for (const rule of rules) expect(() => parseRule(rule)).not.toThrow();
  });
});

describe('local/faults/README.md', () => {
  it('shows every kind of fault, as it is written', () => {
    const shown = [...faults.matchAll(/^\| `(\{"kind".*?\})` \|/gm)].map(([, text = '']) =>
      parseRule({ fault: JSON.parse(text) }),
    );
    const kinds = ['status', 'delay', 'hang', 'cut', 'cut', 'truncate', 'corrupt', 'poison', 'clockSkew'];
    expect(shown.map(({ fault }) => fault.kind)).toEqual(kinds);
  });

  it('names every status, and every key of a rule', () => {
    for (const status of FAULT_STATUSES) expect(faults).toContain(String(status));
    const example = faults.match(/`(\{"services":\["registrySource"\].*\}\})`/)?.[1] ?? '';
    expect(parseRule(JSON.parse(example)).services).toEqual(['registrySource']);
  });
});
