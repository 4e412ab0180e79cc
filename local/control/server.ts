import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import type { CallJournal } from '../calls/journal.ts';
import type { CallQuery } from '../calls/query.ts';
import { readFault } from '../faults/demonstrations.ts';
import type { FaultRules } from '../faults/rules.ts';
import { bearerOf, type RunningServer, readBody, sendJson, serve } from '../http.ts';
import { parseJson } from '../json.ts';

export interface ControlOptions {
  /** 0 takes any free port. */
  port: number;
  /** What callers send as `Authorization: Bearer`. */
  key: string;
  faults: FaultRules;
  journal: CallJournal;
  log?: (line: string) => void;
}

/** What is answered; without a body where `value` is undefined. */
interface Answer {
  status: number;
  value?: unknown;
}

/**
 * The control endpoint of the local cloud, plain http: `GET`, `POST` and `DELETE /faults`, `DELETE /faults/{id}`,
 * `GET /calls?…`. Its own calls are neither recorded nor broken. Rejects with `PortTakenError`.
 */
export async function startControl(options: ControlOptions): Promise<RunningServer> {
  return serve((request, response, url) => answer(request, response, url, options), options);
}

async function answer(request: IncomingMessage, response: ServerResponse, url: URL, options: ControlOptions) {
  const { status, value } = isAllowed(request, options.key)
    ? await answerAllowed(request, url, options).catch(refusalOf)
    : refusal(401, 'The key of the control endpoint is missing or wrong: endpoints.json has it as control.key.');
  sendJson(response, status, value);
}

function isAllowed(request: IncomingMessage, key: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(bearerOf(request) ?? ''), hash(key));
}

async function answerAllowed(request: IncomingMessage, url: URL, options: ControlOptions): Promise<Answer> {
  const { faults, journal } = options;
  const [, kind, id] = url.pathname.split('/');
  const call = `${request.method} ${kind}`;
  if (call === 'GET faults') return { status: 200, value: { seed: faults.seed, value: faults.list() } };
  if (call === 'POST faults') return { status: 201, value: faults.add(await readRule(request)) };
  if (call === 'DELETE faults') return removeFaults(faults, id);
  if (call === 'GET calls') {
    return { status: 200, value: journal.find(Object.fromEntries(url.searchParams) as CallQuery) };
  }
  return refusal(404, `${request.method} ${url.pathname}: allowed are GET, POST and DELETE /faults, GET /calls.`);
}

/** A rule as JSON, or the name of a demonstration as a JSON string. */
async function readRule(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request)).toString();
  try {
    const value = parseJson(text);
    return typeof value === 'string' ? readFault(value) : value;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new RangeError(
      'The body is no JSON, or nested too deep; allowed: a rule, or the name of a demonstration as a JSON string.',
    );
  }
}

function removeFaults(faults: FaultRules, id: string | undefined): Answer {
  if (id === undefined) faults.clear();
  else if (!faults.remove(id)) return refusal(404, `There is no rule '${id}'.`);
  return { status: 204 };
}

function refusalOf(error: unknown): Answer {
  if (error instanceof RangeError) return refusal(400, error.message);
  if (!(error instanceof ZodError)) throw error;
  return refusal(400, error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function refusal(status: number, message: string): Answer {
  return { status, value: { error: { message } } };
}
