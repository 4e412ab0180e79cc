import { z } from 'zod';
import { type Plan, plannedArtifactSchema } from '../plan/plan.ts';
import { formatPinned } from './pinned.ts';

/** What a transfer was to move, as it was resolved when it began: what `GET /transfers/{id}/plan` gives. */
export const planDocumentSchema = z.object({
  transfer: z.string(),
  route: z.string(),
  plannedAt: z.string(),
  /** In the order of the list. `digest` is `null` for what could not be found, `bytes` for what did not have to move. */
  artifacts: z.array(plannedArtifactSchema.pick({ artifact: true, digest: true, mediaType: true, bytes: true })),
});
export type PlanDocument = z.infer<typeof planDocumentSchema>;

export function describePlan({ transfer, route, plannedAt, artifacts }: Plan): PlanDocument {
  const told = artifacts.map(({ artifact, digest, mediaType, bytes }) => ({ artifact, digest, mediaType, bytes }));
  return { transfer, route, plannedAt, artifacts: told };
}

/** The entries of a list that mean exactly what a plan resolved; what it could not find is not among them. */
export function lockEntries({ artifacts }: Pick<PlanDocument, 'artifacts'>): string[] {
  return artifacts.flatMap(({ artifact, digest }) => (digest === null ? [] : [formatPinned(artifact, digest)]));
}

/** A plan as the text of a list, which a request takes again; what it could not find stands in it as a comment. */
export function formatLockFile(plan: PlanDocument): string {
  const { transfer, route, plannedAt, artifacts } = plan;
  const lines = artifacts.map(({ artifact, digest }) =>
    digest === null ? `# ${artifact} was not found` : formatPinned(artifact, digest),
  );
  return [`# plan of transfer ${transfer}, route ${route}, ${plannedAt}`, ...lines, ''].join('\n');
}
