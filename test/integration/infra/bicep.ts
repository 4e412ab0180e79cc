import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { BicepServer } from './bicep-server.ts';

/** The folder of the templates. */
export const INFRA = resolve('infra');
const CLI = process.env.BICEP_CLI ?? join(INFRA, 'tools/bicep');
const TIME_LIMIT_MS = 240_000;
/** The CLI takes a second by itself, and many on a machine that does much else. */
const TEST_LIMIT_MS = 480_000;

let server: BicepServer | undefined;

/** The ids that snapshots are made with. */
export const SUBSCRIPTION = '00000000-0000-4000-8000-00000000bbbb';
export const TENANT = '00000000-0000-4000-8000-00000000aaaa';

/**
 * `describe` for what needs the Bicep CLI: left out, with a line that says so, when it is not there; with
 * `BICEP=required` it fails instead.
 */
export function describeWithBicep(name: string, tests: () => void): void {
  jest.setTimeout(TEST_LIMIT_MS);
  if (existsSync(CLI) || process.env.BICEP === 'required') {
    describe(name, tests);
    afterAll(() => {
      server?.stop();
      server = undefined;
    });
    return;
  }
  process.stderr.write(`left out: ${name}: no Bicep CLI at ${CLI}; sh infra/tools/install.sh brings it\n`);
  describe.skip(name, tests);
}

/** What a command of the CLI or a script left behind. */
export interface CommandEnd {
  code: number;
  /** Both streams. */
  text: string;
}

/** Runs infra/check.sh on a folder of templates. */
export function checkTemplates(folder: string): Promise<CommandEnd> {
  return run('sh', [join(INFRA, 'check.sh'), folder]);
}

function run(command: string, args: string[], variables: Record<string, string> = {}): Promise<CommandEnd> {
  return new Promise((settle) => {
    const options = {
      env: { ...process.env, ...variables, BICEP_CLI: CLI },
      timeout: TIME_LIMIT_MS,
      maxBuffer: 64 << 20,
    };
    execFile(command, args, options, (error, stdout, stderr) => {
      settle({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, text: `${stdout}${stderr}` });
    });
  });
}

/** A resource as the CLI predicts it. What only Azure knows is left as a template expression in brackets. */
export interface PredictedResource {
  id: string;
  type: string;
  name: string;
  location?: string;
  identity?: unknown;
  scope?: string;
  properties: Record<string, unknown>;
}

/** What a template makes, as the Bicep CLI's own evaluation has it. */
export interface Snapshot {
  predictedResources: PredictedResource[];
  outputs: Record<string, unknown>;
}

/**
 * The resources of a template with its parameters filled in: `parameters` by name, or the path of a .bicepparam file
 * below infra/params, which may read `variables` of the environment. Rejects with the CLI's diagnostics.
 */
export async function predict(
  template: string,
  parameters: Record<string, unknown> | string,
  variables: Record<string, string> = {},
): Promise<Snapshot> {
  const folder = await mkdtemp(join(tmpdir(), 'bicep-'));
  try {
    const file = join(folder, 'snapshot.bicepparam');
    await writeFile(file, await parameterFile(folder, template, parameters));
    const resourceGroup = (await isOfSubscription(template)) ? null : 'app';
    if (Object.keys(variables).length > 0) return await snapshotByCommand(folder, file, resourceGroup, variables);
    const deployment = { tenantId: TENANT, subscriptionId: SUBSCRIPTION, location: 'westeurope', deploymentName: null };
    server ??= new BicepServer(CLI);
    const asked = { path: file, metadata: { ...deployment, resourceGroup }, externalInputs: [] };
    const { snapshot } = (await server.ask('bicep/getSnapshot', asked)) as { snapshot: string };
    return JSON.parse(snapshot);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a process of its own, whose environment the parameters may read. */
async function snapshotByCommand(
  folder: string,
  file: string,
  resourceGroup: string | null,
  variables: Record<string, string>,
): Promise<Snapshot> {
  const group = resourceGroup === null ? [] : ['--resource-group', resourceGroup];
  const ids = ['--subscription-id', SUBSCRIPTION, '--tenant-id', TENANT, ...group];
  const options = ['--mode', 'overwrite', '--location', 'westeurope', ...ids];
  const end = await run(CLI, ['snapshot', file, ...options], variables);
  if (end.code !== 0) throw new Error(end.text);
  return JSON.parse(await readFile(join(folder, 'snapshot.snapshot.json'), 'utf8'));
}

async function isOfSubscription(template: string): Promise<boolean> {
  return (await readFile(join(INFRA, template), 'utf8')).includes("targetScope = 'subscription'");
}

async function parameterFile(folder: string, template: string, parameters: Record<string, unknown> | string) {
  const using = `using '${relative(folder, join(INFRA, template))}'`;
  if (typeof parameters === 'string') {
    const text = await readFile(join(INFRA, 'params', parameters), 'utf8');
    return text.replace(/^using .*$/m, using);
  }
  const lines = Object.entries(parameters).map(([name, value]) => `param ${name} = ${formatValue(value)}`);
  return [using, ...lines].join('\n');
}

/** A JSON value in Bicep's notation; keys are identifiers. */
function formatValue(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${').replaceAll('\n', '\\n')}'`;
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${formatValue(item)}`)
    .join(', ')} }`;
}

/** The resources of one type. */
export function ofType({ predictedResources }: Snapshot, type: string): PredictedResource[] {
  return predictedResources.filter((resource) => resource.type === type);
}
