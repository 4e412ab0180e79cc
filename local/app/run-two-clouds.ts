import { ensureSamples } from '../samples/push.ts';
import { describeRoute } from './check.ts';
import { describeEndpoints } from './endpoints.ts';
import { describeProgress, describeReport, hasArrived } from './report.ts';
import { holdFolder, type Run } from './run.ts';
import { followTransfer, postTransfer } from './transfers.ts';
import { startTwoClouds } from './two-clouds.ts';

/** `npm start -- --two-tenants` and `--two-clouds`: one app on both sides, the samples transferred. Gives the exit code. */
export async function runTwoClouds(run: Run): Promise<number> {
  const { args, screen, interrupted } = run;
  const folder = await holdFolder(run.dir);
  const clouds = await startTwoClouds({ ...run, signIn: args.mode === 'two-clouds' ? 'certificate' : 'federated' });
  try {
    const { source, target } = clouds.clouds;
    const describe = (side: typeof source) =>
      describeEndpoints({ ...side.ports, functions: clouds.app.port }, side.certificates, clouds.app.pid);
    await folder.write({
      ...describe(source),
      target: describe(target).target,
    });
    const artifacts = await ensureSamples(source.registry(), { large: run.largeSamples });
    const { id } = await postTransfer(clouds.address, { route: clouds.route, artifacts });
    const followed = followTransfer(clouds.address, id, (state) => screen.progress(describeProgress(state)));
    const document = await Promise.race([followed, clouds.failed, interrupted]);
    if (document === 'interrupted') return 0;
    for (const line of await describeRoute(clouds.address, clouds.route)) screen.line(line);
    run.show(document, describeReport(document));
    if (args.once) return hasArrived(document) ? 0 : 1;
    screen.line(`The app answers at ${clouds.address.url}/api (function key ${clouds.address.key}).`);
    await Promise.race([interrupted, clouds.failed]);
    return 0;
  } finally {
    screen.line('Stopping …');
    await clouds.stop();
    await folder.remove();
  }
}
