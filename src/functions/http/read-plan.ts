import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { queries } from '../../domain/api/queries.ts';
import { TRANSFER_ID } from '../../domain/names.ts';
import { describePlan, formatLockFile, type PlanDocument } from '../../domain/selection/lock-file.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { type ProblemDetails, problem } from './problem.ts';

/** `GET /transfers/{id}/plan`: what the transfer was to move, with digests; as text a list that a request takes again. */
export async function getPlan(services: Services, call: Call): Promise<HttpResponseInit> {
  const id = call.request.params.id ?? '';
  const found = await findPlan(services, id);
  if ('refused' in found) return problem(call.request, call.correlationId, found.refused);
  const parsed = parseQuery(call, queries.plan);
  if ('refused' in parsed) return parsed.refused;
  if (parsed.query.format === 'json') return { jsonBody: found.plan };
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${id}.lock.txt"`,
  };
  return { body: formatLockFile(found.plan), headers };
}

/** The plan of a transfer, or why there is none. */
export async function findPlan(
  { transfers }: Pick<Services, 'transfers'>,
  id: string,
): Promise<{ plan: PlanDocument } | { refused: ProblemDetails }> {
  const refuse = (status: number, code: string, detail: string) => ({ refused: { status, code, detail } });
  if (!TRANSFER_ID.test(id) || !(await transfers.readRequest(id))) {
    const why =
      'a record that was deleted took its plan along, but a list that was kept of it can be sent as artifacts';
    return refuse(404, 'TRANSFER_NOT_FOUND', `There is no transfer '${id}'; ${why}.`);
  }
  const [plan, report, { deletion }] = await Promise.all([
    transfers.readPlan(id),
    transfers.readReport(id),
    transfers.readControl(id),
  ]);
  if (deletion) return refuse(409, 'TRANSFER_DELETING', `Transfer ${id} is being deleted since ${deletion.at}.`);
  if (plan) return { plan: describePlan(plan) };
  const why = report
    ? `it ended as ${report.state} before its artifacts were resolved`
    : 'its artifacts are not resolved yet';
  return refuse(409, 'PLAN_NOT_MADE', `Transfer ${id} has no plan: ${why}.`);
}
