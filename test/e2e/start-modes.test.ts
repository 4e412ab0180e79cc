import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { importDocumentSchema } from '../../src/domain/import/import-document.ts';
import { transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { isAlive, readEndpoints, type StartedCommand, startCommand } from '../support/start.ts';

const LIMIT_MS = 300_000;
const SAMPLES = 5;
const carriedSchema = z.array(z.object({ name: z.string(), bytes: z.number().positive() }));
/** What docs/local-cloud.md says `--two-sided --once --json` prints. */
const roundTripSchema = z.strictObject({
  source: z.strictObject({ transfer: transferDocumentSchema }),
  disk: z.strictObject({ folder: z.string(), toTarget: carriedSchema, toSource: carriedSchema }),
  target: z.strictObject({ imports: z.array(importDocumentSchema) }),
});

let dir: string;
const commands = new Map<string, StartedCommand>();
const folderOf = (mode: string) => join(dir, mode, mode);

/** All at once: most of a start is waiting for processes. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-modes-'));
  for (const [mode, ...more] of [
    ['two-sided', '--once', '--json'],
    ['two-clouds', '--once', '--json'],
    ['two-tenants'],
  ]) {
    if (mode) commands.set(mode, startCommand(join(dir, mode), [`--${mode}`, ...more]));
  }
});
afterAll(async () => {
  for (const command of commands.values()) command.kill();
  await rm(dir, { recursive: true, force: true });
});

function commandOf(mode: string): StartedCommand {
  const command = commands.get(mode);
  if (!command) throw new Error(`${mode} was not started`);
  return command;
}

/** Every address on this machine that a file of endpoints names, as `host:port`. */
function addressesIn(endpoints: object): string[] {
  return [...new Set(JSON.stringify(endpoints).match(/127\.0\.0\.1:\d+/g))];
}

function isListening(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const listening = async (addresses: string[]) => {
  const states = await Promise.all(addresses.map(async (address) => ((await isListening(address)) ? [address] : [])));
  return states.flat();
};

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

describe('npm start -- --two-sided --once --json', () => {
  it(
    'prints one document that shows both sides, and exits 0 once the receipts are back',
    async () => {
      const { output, exited } = commandOf('two-sided');
      expect(await exited).toBe(0);
      const { source, disk, target } = roundTripSchema.parse(JSON.parse(output.out));
      expect(source.transfer).toMatchObject({ state: 'Succeeded', counts: { total: SAMPLES, Transferred: SAMPLES } });
      expect(target.imports.map(({ state, receipt }) => [state, receipt.state])).toEqual([['Succeeded', 'matched']]);
      const [archive] = target.imports.map((one) => one.archive.name);
      expect(disk.toTarget.map(({ name }) => name)).toEqual(
        expect.arrayContaining([archive, `${archive}.receipt.json`]),
      );
      expect(disk.toSource.map(({ name }) => name)).toContain(`${archive}.imported.json`);
      expect(await readdir(disk.folder)).not.toEqual([]);
      expect(output.err).toContain('Stopping …');
      expect(await isThere(join(folderOf('two-sided'), 'endpoints.json'))).toBe(false);
    },
    LIMIT_MS,
  );
});

describe('npm start -- --two-clouds --once --json', () => {
  it(
    'prints the transfer document, whose bytes came through the app, and exits 0',
    async () => {
      const { output, exited } = commandOf('two-clouds');
      expect(await exited).toBe(0);
      const document = transferDocumentSchema.parse(JSON.parse(output.out));
      expect(document).toMatchObject({ state: 'Succeeded', counts: { total: SAMPLES, Transferred: SAMPLES } });
      expect(document.batches.map(({ copy }) => copy?.mode)).toEqual(['stream']);
      expect(await isThere(join(folderOf('two-clouds'), 'endpoints.json'))).toBe(false);
    },
    LIMIT_MS,
  );
});

describe('npm start -- --two-tenants', () => {
  it(
    'stays up, and stops everything that it has started on Ctrl-C',
    async () => {
      const { output, exited, pressCtrlC } = commandOf('two-tenants');
      while (!output.out.includes(`Succeeded: ${SAMPLES} Transferred`)) await sleep(50);
      const endpoints = await readEndpoints<{ functions: { pid: number; url: string } }>(folderOf('two-tenants'));
      const addresses = addressesIn(endpoints);
      expect(await listening(addresses)).toEqual(addresses);
      expect((await fetch(`${endpoints.functions.url}/api/health`)).status).toBe(200);
      pressCtrlC();
      expect(await exited).toBe(0);
      expect(await listening(addresses)).toEqual([]);
      expect(isAlive(endpoints.functions.pid)).toBe(false);
      expect(await isThere(join(folderOf('two-tenants'), 'endpoints.json'))).toBe(false);
    },
    LIMIT_MS,
  );
});

describe('Ctrl-C in the middle of --two-sided', () => {
  it(
    'stops both sides at once and exits 0',
    async () => {
      const folder = join(dir, 'interrupted');
      const command = startCommand(folder, ['--two-sided']);
      commands.set('interrupted', command);
      interface Side {
        functions: { pid: number };
      }
      const endpoints = await readEndpoints<{ source: Side; target: Side }>(join(folder, 'two-sided'));
      const addresses = addressesIn(endpoints);
      expect(await listening(addresses)).toEqual(addresses);
      command.pressCtrlC();
      expect(await command.exited).toBe(0);
      expect(await listening(addresses)).toEqual([]);
      for (const { functions } of [endpoints.source, endpoints.target]) expect(isAlive(functions.pid)).toBe(false);
      expect(command.output.out).toBe('');
    },
    LIMIT_MS,
  );
});
