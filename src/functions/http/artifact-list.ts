import type { Services } from '../../activities/services.ts';
import type { Fault } from '../../domain/problem.ts';
import { lockEntries } from '../../domain/selection/lock-file.ts';
import { parseArtifactList } from '../../domain/selection/selector.ts';
import type { ProblemDetails } from './problem.ts';
import { findPlan } from './read-plan.ts';

const FORMS =
  'a list of texts, the text of a list (one entry a line, # begins a comment), { "blob": "{name}" }, or { "plan": "{transfer}" }';
const BLOB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** A request's body in which `artifacts` is a list of entries, whatever form it came in; or what is wrong with it. */
export type Expanded =
  | { body: unknown; lines: readonly number[] | undefined }
  | { fault: Fault }
  | { refused: ProblemDetails };

/**
 * Takes the list of a request as an array, as the text of a list, as the plan of an earlier transfer, or as the name of
 * a list that somebody has put into the app's own state container, under `lists/`: a caller can have nothing else read.
 * `lines` are those of the entries.
 */
export async function expandArtifacts(services: Services, body: unknown): Promise<Expanded> {
  const given = (body as { artifacts?: unknown } | null)?.artifacts;
  if (typeof given === 'string') return expandText(body, given);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { body, lines: undefined };
  const { blob, plan } = given as { blob?: unknown; plan?: unknown };
  const isOne = Object.keys(given).length === 1;
  if (isOne && typeof plan === 'string') return expandPlan(services, body as object, plan);
  if (!isOne || typeof blob !== 'string' || !BLOB_NAME.test(blob)) {
    const found = JSON.stringify(given).slice(0, 120);
    return { fault: { path: 'artifacts', found, allowed: FORMS } };
  }
  const text = await services.transfers.readList(blob);
  if (text !== undefined) return expandText(body, text);
  return {
    fault: { path: 'artifacts.blob', found: blob, allowed: `a blob that is there: acr-transfer/lists/${blob}` },
  };
}

/** The plan of an earlier transfer: the same route, the same artifacts, each tag with the digest that it had. */
async function expandPlan(services: Services, body: { route?: unknown }, id: string): Promise<Expanded> {
  const found = await findPlan(services, id);
  if ('refused' in found) return found;
  const { plan } = found;
  const { route = plan.route } = body;
  if (route !== plan.route) {
    const allowed = `${plan.route}, the route of that plan, or none; for another the plan's list (GET /transfers/${id}/plan?format=text)`;
    return { fault: { path: 'route', found: String(route), allowed } };
  }
  const artifacts = lockEntries(plan);
  if (artifacts.length > 0) return { body: { ...body, route, artifacts }, lines: undefined };
  const detail = `The plan of transfer ${id} has nothing to move: none of its artifacts was found.`;
  return { refused: { status: 409, code: 'PLAN_EMPTY', detail } };
}

function expandText(body: unknown, text: string): Expanded {
  const entries = parseArtifactList(text);
  return {
    body: { ...(body as object), artifacts: entries.map((entry) => entry.text) },
    lines: entries.map(({ line }) => line),
  };
}

/** A fault of an entry with the line that it is on, where the list came as text. */
export function nameLine(fault: Fault, lines: readonly number[] | undefined): Fault {
  const [, index] = /^artifacts\[(\d+)\]$/.exec(fault.path) ?? [];
  const line = lines?.[Number(index)];
  return line === undefined ? fault : { ...fault, path: `artifacts, line ${line}` };
}
