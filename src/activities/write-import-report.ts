import type { ImportEnd, LandedBlob } from '../domain/activities.ts';
import { parseArtifact, referenceOf } from '../domain/artifact.ts';
import type { ImportReport } from '../domain/import-report.ts';
import { NOT_TOLD } from '../domain/webhook.ts';
import { mapBounded } from '../oci/parallel.ts';
import type { Activity } from './activity.ts';
import type { Services } from './services.ts';
import { wantsNotice } from './webhook-of-route.ts';

const PARALLEL_LOOKUPS = 8;

/** Writes what became of a blob that landed. Twice: the same again. A blob left alone leaves no report behind. */
export const writeImportReport: Activity<'writeImportReport'> = async (services, { importId, blob, result }) => {
  if (result.state === 'Ignored') return { notify: false };
  const { account, container, name } = blob;
  const notify = wantsNotice(services, blob.route, result.state);
  await services.imports.writeReport({
    id: importId,
    route: blob.route,
    archive: { account, container, name },
    state: result.state,
    reason: null,
    run: result.run,
    artifacts: result.state === 'Succeeded' ? await verify(services, blob, result) : [],
    error: result.state === 'Failed' ? result.failure : null,
    finishedAt: new Date().toISOString(),
    ...(notify ? { webhook: NOT_TOLD } : {}),
  });
  return { notify };
};

/** What the run says it imported, each with the digest that the target has under that name now. */
async function verify(
  services: Services,
  blob: LandedBlob,
  { run }: Extract<ImportEnd, { state: 'Succeeded' }>,
): Promise<ImportReport['artifacts']> {
  const { pipelines, registry } = services.side(services.route(blob.route), 'target');
  const imported = (await pipelines.getRun(run))?.run.properties.response?.importedArtifacts ?? [];
  const target = await registry();
  const { loginServer } = imported.length === 0 ? { loginServer: '' } : await pipelines.getRegistry();
  return mapBounded(imported, PARALLEL_LOOKUPS, async (text) => {
    const artifact = withoutRegistry(text, loginServer);
    const parsed = parseArtifact(artifact);
    if ('fault' in parsed) return { artifact, digest: null };
    const found = await target.resolve(parsed.artifact.repository, referenceOf(parsed.artifact));
    return { artifact, digest: found?.digest ?? null };
  });
}

/** How the service names what it imported is not documented: the login server may stand before it. */
function withoutRegistry(text: string, loginServer: string): string {
  const prefix = `${loginServer}/`.toLowerCase();
  return text.toLowerCase().startsWith(prefix) ? text.slice(prefix.length) : text;
}
