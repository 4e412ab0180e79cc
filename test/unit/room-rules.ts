import { posix } from 'node:path';
import type { ImportFact, SourceFacts } from './source-facts.ts';

/** Longest file, in lines. */
const MAX_LINES = 300;

/** The rooms, and what of this project each may import besides itself. A room that is not here may not exist. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  'src/oci': ['src/domain'],
  'src/azure': ['src/domain', 'src/oci'],
  'src/config': ['src/domain'],
  'src/telemetry': ['src/domain'],
  'src/orchestrators': ['src/domain'],
  'src/entities': ['src/domain'],
  'src/activities': ['src/domain', 'src/oci', 'src/azure', 'src/config', 'src/telemetry'],
  'src/functions': [
    'src/domain',
    'src/oci',
    'src/azure',
    'src/config',
    'src/telemetry',
    'src/orchestrators',
    'src/entities',
    'src/activities',
  ],
  'src/app.ts': [
    'src/domain',
    'src/oci',
    'src/azure',
    'src/config',
    'src/telemetry',
    'src/orchestrators',
    'src/entities',
    'src/activities',
    'src/functions',
  ],
  cli: ['src/domain', 'src/oci'],
  web: ['src/domain'],
  local: ['src/domain', 'src/oci'],
  campaign: ['local', 'src/domain', 'src/oci'],
};

/** Rooms that may not use just any package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src/domain': ['zod', 'semver', 'node:crypto'],
  'src/orchestrators': ['durable-functions'],
  'src/telemetry': ['@opentelemetry/api', 'node:crypto'],
};

/** Packages that one room alone may use: what is told of the work is worded in one place. */
const ONLY_IN: Readonly<Record<string, string>> = { '@opentelemetry/api': 'src/telemetry' };

/** Rooms that import no more than types of another one. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = { web: ['src/domain'] };

/** Packages whose values register functions: for the room that registers. */
const REGISTERING = ['@azure/functions', 'durable-functions'];
const MAY_REGISTER = ['src/functions', 'src/app.ts'];

const MAY_READ_ENVIRONMENT = ['src/config/', 'src/azure/proxy.ts'];

/** What an orchestrator must not use: it would see another value when it is replayed. */
const NOT_REPLAYABLE = ['Date', 'Math', 'process', 'crypto', 'performance', 'fetch', 'setTimeout', 'setInterval'];

/** The room that a path of this project lies in. */
export function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? `src/${second}` : top;
}

/** Every rule that a file breaks, as a sentence that names it; none for a good file. */
export function brokenRules(file: SourceFacts): string[] {
  const room = roomOf(file.path);
  if (!(room in ARROWS)) return [`${file.path}: ${room} is no room; rooms are ${Object.keys(ARROWS).join(', ')}`];
  const faults = [...file.imports.flatMap((one) => faultsOfImport(file.path, room, one)), ...faultsOfText(file, room)];
  return faults.map((fault) => `${file.path}: ${fault}`);
}

function faultsOfImport(path: string, room: string, { specifier, isTypeOnly }: ImportFact): string[] {
  // The local host loads the app that it is given; the app itself loads nothing that cannot be read here.
  if (specifier === '(computed)') return path.startsWith('src/') ? ['imports what only running it would tell'] : [];
  const target = specifier.startsWith('.') ? roomOf(posix.join(posix.dirname(path), specifier)) : specifier;
  const isPackage = target === specifier;
  const faults: string[] = [];
  if (!isPackage && target !== room && !ARROWS[room]?.includes(target)) faults.push(`imports ${target}`);
  if (isPackage && PACKAGES[room] && !PACKAGES[room].includes(target)) faults.push(`uses the package ${target}`);
  const owner = ONLY_IN[target];
  if (path.startsWith('src/') && owner && owner !== room && !PACKAGES[room]) faults.push(`uses the package ${target}`);
  if (!isTypeOnly && TYPES_ONLY[room]?.includes(target)) faults.push(`imports more than types of ${target}`);
  if (!isTypeOnly && path.startsWith('src/') && REGISTERING.includes(target) && !MAY_REGISTER.includes(room)) {
    faults.push(`imports values of ${target}`);
  }
  return faults;
}

function faultsOfText(file: SourceFacts, room: string): string[] {
  const faults: string[] = [];
  if (file.lines > MAX_LINES) faults.push(`has ${file.lines} lines, ${MAX_LINES} are allowed`);
  const mayRead = !file.path.startsWith('src/') || MAY_READ_ENVIRONMENT.some((path) => file.path.startsWith(path));
  if (file.readsEnvironment && !mayRead) faults.push('reads the environment');
  if (room === 'src/orchestrators') {
    faults.push(...NOT_REPLAYABLE.filter((name) => file.identifiers.has(name)).map((name) => `uses ${name}`));
  }
  return faults;
}
