import { CLOUD_NAMES } from '../names.ts';
import { ensureSamples } from '../samples/push.ts';
import { describeEndpoints } from './endpoints.ts';
import { describeReport, hasArrived } from './report.ts';
import { makeRoundTrip, type RoundTrip } from './round-trip.ts';
import { holdFolder, type Run } from './run.ts';
import { startTwoSided, type TwoSided } from './two-sided.ts';

/** `npm start -- --two-sided`: two apps, the samples on their way over a disk and back. Gives the exit code. */
export async function runTwoSided(run: Run): Promise<number> {
  const { args, screen, interrupted } = run;
  const folder = await holdFolder(run.dir);
  const sides = await startTwoSided(run);
  try {
    await folder.write(describeSides(sides));
    const failed = Promise.race(CLOUD_NAMES.map((cloud) => sides.side(cloud).failed));
    const artifacts = await ensureSamples(sides.side('source').cloud.registry(), { large: run.largeSamples });
    const trip = makeRoundTrip(sides, artifacts, (line) => screen.progress(line));
    const result = await Promise.race([trip, failed, interrupted]);
    if (result === 'interrupted') return 0;
    run.show(result, describeTrip(result));
    if (args.once) return hasArrived(result.source.transfer) ? 0 : 1;
    for (const cloud of CLOUD_NAMES) {
      const { url, key } = sides.side(cloud).address;
      screen.line(`The ${cloud}'s app answers at ${url}/api (function key ${key}).`);
    }
    await Promise.race([interrupted, failed]);
    return 0;
  } finally {
    screen.line('Stopping …');
    await sides.stop();
    await folder.remove();
  }
}

/** Each side with what is on it alone, and the folder between them. */
function describeSides(sides: TwoSided): object {
  const of = (name: 'source' | 'target') => {
    const { cloud, app } = sides.side(name);
    const all = describeEndpoints({ ...cloud.ports, functions: app.port }, cloud.certificates, app.pid);
    const { source, target, ...common } = all;
    return { ...common, ...(name === 'source' ? source : target) };
  };
  return { source: of('source'), disk: sides.disk, target: of('target') };
}

function describeTrip({ source, disk, target }: RoundTrip): string[] {
  const files = (list: RoundTrip['disk']['toTarget']) => list.map(({ name, bytes }) => `  ${name}  ${bytes} bytes`);
  return [
    `To the target, over ${disk.folder}:`,
    ...files(disk.toTarget),
    'Imports of the target:',
    ...target.imports.map(({ archive, state, receipt }) => `  ${archive.name}  ${state}, receipt ${receipt.state}`),
    'Back to the source:',
    ...files(disk.toSource),
    ...describeReport(source.transfer),
  ];
}
