import { readFile } from 'node:fs/promises';
import { type ArmOptions, startArm } from '../../../local/arm/server.ts';
import { TokenAuthority } from '../../../local/tokens.ts';

/*
 * ARM as a process of its own, to be killed: reads its options (with `signingKey` in place of `tokens`) from the file
 * named on the command line, prints its port, and lets every run go on for an hour.
 */
const file = process.argv[2] ?? '';
const { signingKey, ...options } = JSON.parse(await readFile(file, 'utf8')) as Omit<ArmOptions, 'tokens'> & {
  signingKey: string;
};
const arm = await startArm({ ...options, tokens: new TokenAuthority(signingKey), minimumRunMs: 3_600_000 });
process.stdout.write(`${arm.port}\n`);
