import { parseArgs } from 'node:util';
import { type CloudOptions, startCloud } from './cloud.ts';
import { ServicePortTakenError } from './port-taken.ts';
import type { CloudMessage } from './process.ts';
import { answerSubscribing } from './subscribing.ts';

/**
 * The process of all emulators. Started by `process.ts` with its options as JSON in `--options`; says on standard
 * output, in one line of JSON, that it is ready or why not; makes subscriptions that it is asked for over its channel;
 * ends when its standard input is closed or it is told to.
 */
const { values } = parseArgs({ options: { options: { type: 'string' } } });
const options = JSON.parse(values.options ?? '{}') as Omit<CloudOptions, 'log'>;

function say(message: CloudMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

try {
  const cloud = await startCloud({ ...options, log });
  let stopping = false;
  const stop = async (exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await cloud.stop();
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop(0));
  // A terminal sends this to every process at once; who started this one stops it in the right order.
  process.on('SIGINT', () => {});
  process.stdin.on('close', () => void stop(0));
  process.stdin.resume();
  void cloud.broken.then((reason) => {
    if (stopping) return;
    log(`the local cloud is broken: ${reason}`);
    void stop(1);
  });
  answerSubscribing((subscription) => cloud.subscribe(subscription));
  const { ports, azuritePid, signInCertificate, receiptKeys } = cloud;
  const made = {
    ...(signInCertificate === undefined ? {} : { signInCertificate }),
    ...(receiptKeys && { receiptKeys }),
  };
  say({ ready: true, ports, azuritePid, ...made });
} catch (error) {
  if (error instanceof ServicePortTakenError)
    say({ ready: false, taken: { service: error.service, port: error.port } });
  else log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(error instanceof ServicePortTakenError ? 3 : 1);
}
