/** The process of the host: `main.ts --app <folder> --port <n> --data <folder>`. See `README.md` for its contract. */
import { HostStartError, stackOf } from './errors.ts';
import { startHost } from './host.ts';
import { createLog, type Log, redirectConsole } from './log.ts';
import { logLevelOf, parseHostOptions } from './options.ts';

const STOP_GRACE_MS = 5000;

await main();

async function main(): Promise<void> {
  // Whoever started the host may be gone: then nobody reads what it says, which is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const write = (line: string) => process.stderr.write(`${line}\n`);
  let log = createLog('information', write);
  try {
    log = createLog(logLevelOf(process.env), write);
    redirectConsole(log);
    exitOnStrayErrors(log);
    const options = parseHostOptions(process.argv.slice(2), process.env);
    const host = await startHost(options, {
      log,
      onTimeout: ({ functionName, invocationId }) => {
        log('critical', `Function.${functionName}`, `invocation ${invocationId} is over functionTimeout; ending`);
        process.exit(1);
      },
    });
    const stop = stopOnce(host.stop, log);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
    if (options.stopsWithStdin) process.stdin.on('close', () => stop('end of standard input')).resume();
    process.stdout.write(`${JSON.stringify({ ready: true, port: host.port, functions: host.functionCount })}\n`);
  } catch (error) {
    const isKnown = error instanceof HostStartError;
    log('critical', 'Host', isKnown ? error.message : stackOf(error));
    process.exit(isKnown ? error.exitCode : 1);
  }
}

/** A handler that leaves a promise behind may break anything: the worker of the real host ends, too. */
function exitOnStrayErrors(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log('critical', 'Host', `${origin}: ${stackOf(error)}; ending`);
    process.exit(1);
  });
}

function stopOnce(stop: (graceMs: number) => Promise<void>, log: Log): (reason: string) => void {
  let isStopping = false;
  return (reason) => {
    if (isStopping) return;
    isStopping = true;
    log('information', 'Host', `${reason}: stopping`);
    stop(STOP_GRACE_MS).then(
      () => process.exit(0),
      (error: unknown) => {
        log('error', 'Host', `stopping failed: ${stackOf(error)}`);
        process.exit(1);
      },
    );
  };
}
