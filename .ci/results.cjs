// What jest's results (`--json --outputFile`) say. `again <first>`: the files with processes of their own that failed, where nothing else did;
// `count <first> [<second>]`: how many tests passed and failed, a file of the second run in place of the first's.
const { readFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const ROOT = join(__dirname, '..');
const WITH_PROCESSES = /^test\/(e2e|integration)\//;

const [what, ...paths] = process.argv.slice(2);
const files = new Map();
for (const path of paths) {
  for (const { name, status, assertionResults } of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    files.set(relative(ROOT, name), { status, tests: assertionResults.map((test) => test.status) });
  }
}
const failed = [...files].filter(([, { status }]) => status === 'failed').map(([file]) => file);

if (what === 'again') {
  if (failed.every((file) => WITH_PROCESSES.test(file))) process.stdout.write(failed.join(' '));
} else {
  const tests = [...files.values()].flatMap(({ tests }) => tests);
  const count = (status) => tests.filter((test) => test === status).length;
  // A file that cannot even start fails no test by name.
  const dead = failed.filter((file) => !files.get(file).tests.includes('failed')).length;
  process.stdout.write(`${count('passed')} ${count('failed') + dead}\n`);
}
