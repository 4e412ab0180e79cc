import type { HttpResponseInit } from '@azure/functions';
import { inspectArtifacts } from '../../activities/resolve/inspect-artifacts.ts';
import { joinWithHints } from '../../activities/resolve/join-selection.ts';
import { findRepositories, selectIn } from '../../activities/resolve/select-in-registry.ts';
import type { Services } from '../../activities/services.ts';
import { buildDryRun, type DryRun, MAX_DRY_RUN_ARTIFACTS } from '../../domain/plan/dry-run.ts';
import type { Route } from '../../domain/route/route.ts';
import { hasSelectors, type TransferRequest } from '../../domain/transfer/request.ts';
import { judgeOverwrite } from './accept-transfer.ts';
import type { Call } from './handler.ts';
import { type ProblemDetails, problem } from './problem.ts';

/** Repositories whose tags one dry run lists. */
const MAX_DRY_RUN_REPOSITORIES = 200;

/** `POST /transfers?dryRun=true`: what the transfer would do. Nothing is written, nothing started. */
export async function dryRunTransfer(
  services: Services,
  call: Call,
  route: Route,
  request: TransferRequest,
): Promise<HttpResponseInit> {
  const { options } = request;
  const refuse = (details: ProblemDetails) => problem(call.request, call.correlationId, details);
  const forbidden = judgeLength(request.artifacts.length) ?? (await judgeOverwrite(services, route, request));
  if (forbidden) return refuse(forbidden);
  const artifacts = await resolveSelectors(services, route, request.artifacts);
  if ('refused' in artifacts) return refuse(artifacts.refused);
  const { names, selectors } = artifacts;
  const inspected = await inspectArtifacts(services, route, {
    artifacts: names,
    options,
  });
  const pace = await services.paces.read(route.name);
  const plan = buildDryRun(route, inspected, pace, services.slots(route.name));
  return { jsonBody: { ...plan, ...(selectors ? { selectors } : {}) } };
}

type Resolved = { refused: ProblemDetails } | { names: readonly string[]; selectors?: DryRun['selectors'] };

/** The artifacts that a list's entries mean, within the limits of one request. */
async function resolveSelectors(services: Services, route: Route, entries: readonly string[]): Promise<Resolved> {
  if (!hasSelectors(entries)) return { names: entries };
  const registry = await services.side(route, 'source').registry();
  const repositories = await findRepositories(registry, entries);
  const tooMany = judgeCount(repositories.length, MAX_DRY_RUN_REPOSITORIES, 'repositories');
  if (tooMany) return { refused: tooMany };
  const joined = await joinWithHints(registry, entries, await selectIn(registry, entries, repositories));
  const refused = judgeLength(joined.artifacts.length);
  return refused ? { refused } : { names: joined.artifacts, selectors: joined.selectors };
}

function judgeLength(artifacts: number): ProblemDetails | undefined {
  return judgeCount(artifacts, MAX_DRY_RUN_ARTIFACTS, 'artifacts');
}

function judgeCount(count: number, limit: number, what: string): ProblemDetails | undefined {
  if (count <= limit) return undefined;
  const allowed = `at most ${limit} ${what} in a dry run`;
  const faults = [{ path: 'artifacts', found: `${count} ${what}`, allowed }];
  return { status: 400, code: 'DRY_RUN_TOO_LARGE', detail: `A dry run takes ${allowed}.`, faults };
}
