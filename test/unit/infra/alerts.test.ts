import { readdirSync, readFileSync } from 'node:fs';
import * as lines from '../../../src/domain/alert-lines.ts';
import type { Failure } from '../../../src/domain/errors.ts';
import { formatBlobTriggerName } from '../../../src/domain/names.ts';
import { PUSH_FUNCTION } from '../../../src/domain/route/push.ts';
import { orchestrators } from '../../../src/functions/durable.ts';
import { countRows, type LogRow } from '../../support/kql.ts';

const bicep = readFileSync('infra/modules/alerts.bicep', 'utf8');
/** Queries by the alert's name. Bicep writes a backslash as two. */
const QUERIES = Object.fromEntries(
  [...bicep.matchAll(/^ {4}name: '([a-z-]+)'\n(?: {4}\w+: .*\n)*? {4}query: '(.*)'$/gm)].map(
    ([, name = '', query = '']) => [name, query.replaceAll('\\\\', '\\')],
  ),
);

const failure = { class: 'transient', code: 'TIMEOUT', message: 'Failed and failed "again".' } as unknown as Failure;
const trace = (message: string): LogRow => ({ table: 'traces', message });
const request = (name: string, success: boolean): LogRow => ({ table: 'requests', name, success });
const importEnd = (state: string) => trace(lines.importEndedLine({ importId: 'i', end: { kind: 'Ran' } }, { state }));
const transferEnd = (state: string) => trace(lines.transferEndedLine({ transfer: 't' }, { state }));
const TRIGGER = formatBlobTriggerName('account', 'container');

/** The timers of the app itself, as `functions/timers.ts` names them. */
const timers = readFileSync('src/functions/timers.ts', 'utf8');
const TIMERS = [...timers.matchAll(/\.timer\('(\w+)'/g)].map(([, name = '']) => name);

/** What each alert is told of; every other alert must be silent then. */
const TOLD: Readonly<Record<string, LogRow[]>> = {
  'token-not-rotated': [
    trace(lines.sasNotRotatedLine({ route: 'r' }, { found: { state: 'Broken' }, result: { state: 'Failed' } })),
    trace(lines.rotationNotStartedLine({ route: 'r', side: 'source' }, failure)),
  ],
  'transfer-failed': [transferEnd('Failed'), transferEnd('CompletedWithErrors')],
  'import-missed': [
    importEnd('Failed'),
    importEnd('CompletedWithErrors'),
    trace(lines.reconcileFailedLine({ import: 'i' }, failure)),
    request(TRIGGER, false),
    request('autoImport', false),
  ],
  'not-started': [
    trace(lines.scheduleFailedLine({ route: 'r', schedule: 's' }, failure)),
    request('gather', false),
    request('gatherPush', false),
  ],
  'timer-failed': TIMERS.map((name) => request(name, false)),
  'webhook-given-up': [trace(lines.webhookGivenUpLine({ transfer: 't' }, 9))],
  'bad-route': [trace(lines.settingFaultLine({ file: 'routes.json', path: '[0]', found: '1', allowed: 'a route' }))],
};
const FINE: LogRow[] = [
  ...['Succeeded', 'Ignored', 'Canceled'].flatMap((state) => [importEnd(state), transferEnd(state)]),
  trace(JSON.stringify({ event: 'activityFailed', activity: 'startRun', ...failure })),
  ...[TRIGGER, 'autoImport', 'gather', 'gatherPush', ...TIMERS].map((name) => request(name, true)),
];

describe('the alerts of infra/modules/alerts.bicep', () => {
  it.each(Object.keys(QUERIES))('%s counts each line that the app logs for it, and nothing else', (name) => {
    const told = TOLD[name] ?? [];
    expect(told.length).toBeGreaterThan(0);
    const counts = told.map((row) => countRows(QUERIES[name] ?? '', [row]));
    expect(counts).toEqual(told.map(() => 1));
    const others = Object.entries(TOLD).flatMap(([other, rows]) => (other === name ? [] : rows));
    expect([...FINE, ...others].filter((row) => countRows(QUERIES[name] ?? '', [row]) > 0)).toEqual([]);
  });

  it('are all there', () => {
    expect(Object.keys(QUERIES)).toEqual(Object.keys(TOLD));
    expect(bicep.match(/^ {4}query: /gm)).toHaveLength(Object.keys(TOLD).length);
  });

  it('name functions that are there', () => {
    const names = Object.values(QUERIES).flatMap((query) => [...query.matchAll(/\bname (?:==|in|startswith) [^)]*/g)]);
    const functions = names.flatMap(([text]) => [...text.matchAll(/"(\w+)"/g)].map(([, name = '']) => name));
    const isThere = (name: string) =>
      name in orchestrators || TRIGGER.startsWith(name) || name === PUSH_FUNCTION || TIMERS.includes(name);
    expect(functions.length).toBeGreaterThan(3);
    expect(functions.filter((name) => !isThere(name))).toEqual([]);
  });

  it('are told by the app through these lines alone', () => {
    const events = Object.values(TOLD).flatMap((rows) =>
      rows.flatMap(({ message }) => (message === undefined ? [] : [JSON.parse(message).event as string])),
    );
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const texts = files
      .filter((file) => file !== 'domain/alert-lines.ts')
      .map((file) => readFileSync(`src/${file}`, 'utf8'));
    const isWritten = (text: string) => events.some((event) => text.includes(`'${event}'`));
    expect(texts.filter(isWritten)).toEqual([]);
    const unused = Object.keys(lines).filter((name) => !texts.some((text) => text.includes(`${name}(`)));
    expect(unused).toEqual([]);
  });
});
