import { type Artifact, parseArtifact, referenceOf } from '../../domain/artifact.ts';
import type { ImportDocument } from '../../domain/import/import-document.ts';
import { decideImported, type ExpectedArtifact, namedBy, parseImported } from '../../domain/import/import-outcome.ts';
import type { Receipt } from '../../domain/receipt/receipt.ts';
import type { Route } from '../../domain/route/route.ts';
import { mapBounded } from '../../oci/parallel.ts';
import { type Activity, required } from '../activity.ts';
import type { Services } from '../services.ts';
import { readReceipt } from './read-receipt.ts';

const PARALLEL_LOOKUPS = 8;

/**
 * Looks up in the target what the receipt says and what the runs say they imported, and keeps what became of it; what no
 * receipt names is marked so, where there is one. The receipt is read once more: one that came late counts. Twice: looks again.
 */
export const verifyImport: Activity<'verifyImport'> = async (services, { importId, failure }) => {
  const document = required(await services.imports.read(importId), `imports/${importId}.json`);
  const route = services.route(document.route);
  const { receipt, view } = await readReceipt(services, route, document.archive);
  const imported = await importedBy(services, route, document);
  const isNamed = receipt ? namedBy(receipt) : () => false;
  const beside = imported
    .filter((artifact) => !isNamed(artifact))
    .map((artifact) => unlisted(artifact, receipt !== null));
  const expected = [...(receipt ? expectedBy(receipt) : []), ...beside];
  const registry = await services.side(route, 'target').registry();
  const artifacts = await mapBounded(expected, PARALLEL_LOOKUPS, async ({ parsed, ...artifact }) => {
    const found = parsed && (await registry.resolve(parsed.repository, referenceOf(parsed)));
    return decideImported({ ...artifact, digest: found?.digest ?? null }, { failure, receipts: route.receipts });
  });
  await services.imports.update(importId, (found) => ({ ...found, artifacts, receipt: view }));
  return null;
};

type Named = Omit<ExpectedArtifact, 'digest'> & { parsed: Artifact | undefined };

function expectedBy({ artifacts }: Receipt): Named[] {
  return artifacts.map(({ artifact, digest, presence }) => {
    return { artifact, expectedDigest: digest, presence, isNotInReceipt: false, parsed: parse(artifact) };
  });
}

/** What all runs on this state of the blob say, each artifact once. */
async function importedBy(services: Services, route: Route, { runs }: ImportDocument): Promise<string[]> {
  const { pipelines } = services.side(route, 'target');
  const { loginServer } = await pipelines.getRegistry();
  const said = await mapBounded(runs, PARALLEL_LOOKUPS, async ({ run }) => {
    return (await pipelines.getRun(run))?.run.properties.response?.importedArtifacts ?? [];
  });
  return [...new Set(said.flat().map((text) => parseImported(text, loginServer) ?? text))];
}

function unlisted(artifact: string, isNotInReceipt: boolean): Named {
  return { artifact, expectedDigest: null, presence: 'expected', isNotInReceipt, parsed: parse(artifact) };
}

function parse(artifact: string): Artifact | undefined {
  const parsed = parseArtifact(artifact);
  return 'fault' in parsed ? undefined : parsed.artifact;
}
