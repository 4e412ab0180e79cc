import type { HttpResponseInit } from '@azure/functions';
import { inspectArtifacts } from '../../activities/inspect-artifacts.ts';
import type { Services } from '../../activities/services.ts';
import { buildDryRun, MAX_DRY_RUN_ARTIFACTS } from '../../domain/dry-run.ts';
import type { TransferRequest } from '../../domain/request.ts';
import type { Route } from '../../domain/route.ts';
import { judgeOverwrite } from './accept-transfer.ts';
import type { Call } from './handler.ts';
import { type ProblemDetails, problem } from './problem.ts';

/** `POST /transfers?dryRun=true`: what the transfer would do. Nothing is written, nothing started. */
export async function dryRunTransfer(
  services: Services,
  call: Call,
  route: Route,
  request: TransferRequest,
): Promise<HttpResponseInit> {
  const { artifacts, options } = request;
  const refused = judgeLength(artifacts.length) ?? (await judgeOverwrite(services, route, request));
  if (refused) return problem(call.request, call.correlationId, refused);
  const inspected = await inspectArtifacts(services, route, { artifacts, overwrite: options.overwrite ?? false });
  return { jsonBody: buildDryRun(route.name, inspected) };
}

function judgeLength(artifacts: number): ProblemDetails | undefined {
  if (artifacts <= MAX_DRY_RUN_ARTIFACTS) return undefined;
  const allowed = `at most ${MAX_DRY_RUN_ARTIFACTS} artifacts in a dry run`;
  const faults = [{ path: 'artifacts', found: `${artifacts} artifacts`, allowed }];
  return { status: 400, code: 'DRY_RUN_TOO_LARGE', detail: `A dry run takes ${allowed}.`, faults };
}
