import { join } from 'node:path';
import type { TransferDocument } from '../src/domain/transfer/transfer-document.ts';
import { parseArguments, readStartSettings, type StartArguments, USAGE } from './app/arguments.ts';
import { describeRoute } from './app/check.ts';
import { describeNextSteps } from './app/next-steps.ts';
import { describeProgress, describeReport, hasArrived } from './app/report.ts';
import type { Run } from './app/run.ts';
import { runTwoClouds } from './app/run-two-clouds.ts';
import { runTwoSided } from './app/run-two-sided.ts';
import { openScreen } from './app/screen.ts';
import { FolderTakenError, type Stack, startStack } from './app/stack.ts';
import { stateFolder } from './app/state-folder.ts';
import { followTransfer, postTransfer } from './app/transfers.ts';
import { ServicePortTakenError } from './cloud/port-taken.ts';
import { portSetting, readPorts, TARGET_PORTS } from './cloud/ports.ts';
import type { FaultRuleInput } from './faults/rule.ts';
import { ensureSamples } from './samples/push.ts';

/** `npm start`: the local cloud, the app in it, a transfer of the samples, and then whatever the user does. */
const screen = openScreen(process.stderr);

function main(args: StartArguments): Promise<number> {
  const { sourceTriggerDelayMs, sourceTriggerStartDelayMs, ...settings } = readStartSettings(process.env);
  const run: Run = {
    ...settings,
    arm: { sourceTriggerDelayMs, sourceTriggerStartDelayMs },
    args,
    dir: stateFolder(args.mode),
    appDir: join(import.meta.dirname, '..'),
    ports: { source: readPorts(process.env), target: readPorts(process.env, TARGET_PORTS) },
    screen,
    interrupted: untilInterrupted(),
    show: (document, lines) => showResult(document, lines, args),
  };
  screen.line('Starting the local cloud …');
  if (args.mode === 'two-sided') return runTwoSided(run);
  return args.mode === 'one-tenant' ? runOneTenant(run) : runTwoClouds(run);
}

async function runOneTenant(run: Run): Promise<number> {
  const { args, interrupted, largeSamples, dir, appDir, ports, storageAccess, minimumRunMs, arm } = run;
  const stack = await startStack({
    dir,
    appDir,
    ports: ports.source,
    storageAccess,
    minimumRunMs,
    faultSeed: args.faultSeed,
    arm,
  });
  try {
    const document = await Promise.race([transferSamples(stack, largeSamples, args), stack.failed, interrupted]);
    if (document === 'interrupted') return 0;
    run.show(document, describeReport(document));
    if (args.once) return hasArrived(document) ? 0 : 1;
    for (const line of describeNextSteps(stack.endpoints, document.id)) screen.line(line);
    await Promise.race([interrupted, stack.failed]);
    return 0;
  } finally {
    screen.line('Stopping …');
    await stack.stop();
  }
}

async function transferSamples(stack: Stack, large: boolean, { faults }: StartArguments): Promise<TransferDocument> {
  const artifacts = await ensureSamples(stack.registry('source'), { large });
  const { url, key } = stack.endpoints.functions;
  await applyFaults(stack, faults);
  const { id } = await postTransfer({ url, key }, { route: stack.endpoints.route, artifacts });
  screen.line(`Transfer ${id}: ${artifacts.length} artifacts along route ${stack.endpoints.route}`);
  const document = await followTransfer({ url, key }, id, (state) => screen.progress(describeProgress(state)));
  // Only now: the tokens of a new local cloud are made by its first transfer.
  for (const line of await describeRoute({ url, key }, stack.endpoints.route)) screen.line(line);
  return document;
}

/** Only now: the samples themselves are pushed undisturbed. */
async function applyFaults({ control }: Stack, faults: readonly FaultRuleInput[]): Promise<void> {
  for (const fault of faults) {
    const { id, rule } = await control.addFault(fault);
    screen.line(`Fault ${id}: ${JSON.stringify(rule)}`);
  }
  if (faults.length > 0) screen.line(`Faults are drawn from seed ${(await control.faults()).seed}.`);
}

function showResult(document: object, lines: readonly string[], { json }: StartArguments): void {
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else for (const line of lines) process.stdout.write(`${line}\n`);
}

function untilInterrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve('interrupted'));
    process.on('SIGTERM', () => resolve('interrupted'));
  });
}

/** What went wrong, for a person, and the exit code for it. */
function describeFailure(error: unknown): { lines: string[]; exitCode: number } {
  if (error instanceof RangeError) return { lines: [error.message, '', USAGE], exitCode: 2 };
  if (error instanceof ServicePortTakenError) {
    const setting = portSetting(error.service, error.range);
    return { lines: [`${error.message} Stop what uses it, or set ${setting} to another port.`], exitCode: 3 };
  }
  if (error instanceof FolderTakenError) return { lines: [error.message], exitCode: 1 };
  return { lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)], exitCode: 1 };
}

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(USAGE);
  else process.exitCode = await main(args);
} catch (error) {
  const { lines, exitCode } = describeFailure(error);
  for (const line of lines) screen.line(line);
  process.exitCode = exitCode;
}
process.exit();
