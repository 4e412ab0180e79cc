const Sequencer = require('@jest/test-sequencer').default;

/** The longest files, the longest first: one of them that begins late would run alone at the end. */
const LONGEST = [
  'e2e/import-storm',
  'e2e/storm',
  'e2e/undocumented',
  'e2e/privileges',
  'e2e/start-modes',
  'e2e/start',
  'e2e/campaign-kills',
  'integration/infra/settings',
  'e2e/faults',
  'e2e/source-trigger',
  'e2e/two-clouds',
  'e2e/outage',
];
const KINDS = ['e2e/', 'integration/', 'orchestration/', 'unit/'];

/** Lower ranks run first: the longest files, then by kind, whose files take ever less time. */
function rankOf(path) {
  const longest = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  if (longest >= 0) return longest;
  const kind = KINDS.findIndex((name) => path.includes(`/test/${name}`));
  return LONGEST.length + (kind < 0 ? KINDS.length : kind);
}

/** Starts the test files that take longest first, whatever a cache knows of earlier runs. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((left, right) => rankOf(left.path) - rankOf(right.path));
  }
};
