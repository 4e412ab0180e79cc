import { decodePathPart } from './decode.ts';
import { type Constraint, parseConstraint } from './route-constraints.ts';

interface LiteralSegment {
  kind: 'literal';
  /** Lower case: routes do not mind the case. */
  text: string;
}

interface ParameterSegment {
  kind: 'parameter';
  name: string;
  isOptional: boolean;
  isCatchAll: boolean;
  defaultValue: string | undefined;
  constraints: Constraint[];
}

type Segment = LiteralSegment | ParameterSegment;

/** A parsed route such as `items/{id:int}/{*rest}`. */
export interface RouteTemplate {
  /** The parameters of a path (without leading slash, still encoded), or `undefined` when the route does not fit. */
  match(path: string): Record<string, string> | undefined;
  /** Compares as text: what sorts first is more specific and is asked first. */
  precedence: string;
}

/**
 * Parses a route: literals, `{a}`, `{a?}`, `{a=default}`, `{a:int}` with any constraints, `{*rest}`; one parameter is a
 * whole segment. Throws an Error that names the fault.
 */
export function parseRouteTemplate(template: string): RouteTemplate {
  const segments = splitPath(template).map(parseSegment);
  const misplaced = segments.slice(0, -1).find((segment) => segment.kind === 'parameter' && segment.isCatchAll);
  if (misplaced !== undefined) throw new Error(`route '${template}': a catch-all parameter must be the last segment`);
  return {
    match: (path) => matchSegments(segments, splitPath(path)),
    precedence: segments.map(precedenceOf).join('.'),
  };
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/|\/$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function parseSegment(text: string): Segment {
  const match = /^\{(\**)([^:=?{}*]+)(.*?)(\?)?\}$/.exec(text);
  if (match === null) {
    if (/[{}]/.test(text)) throw new Error(`route segment '${text}': a parameter must be a whole segment, like {name}`);
    return { kind: 'literal', text: text.toLowerCase() };
  }
  const [, stars = '', name = '', tail = '', question] = match;
  const { constraints, defaultValue } = parseTail(tail);
  const isCatchAll = stars !== '';
  return { kind: 'parameter', name, isOptional: question !== undefined, isCatchAll, defaultValue, constraints };
}

/** What follows a parameter's name: constraints, each after a colon, then a default after an equals sign. */
function parseTail(tail: string): Pick<ParameterSegment, 'constraints' | 'defaultValue'> {
  const constraints: Constraint[] = [];
  let rest = tail.replaceAll('{{', '{').replaceAll('}}', '}');
  while (rest.startsWith(':')) {
    const match = /^:([a-z]+(?:\(.*?\)(?=[:=]|$))?)/i.exec(rest);
    if (match === null) break;
    constraints.push(parseConstraint(match[1] ?? ''));
    rest = rest.slice(match[0].length);
  }
  if (rest === '') return { constraints, defaultValue: undefined };
  if (!rest.startsWith('=')) throw new Error(`route parameter: '${rest}' is neither a constraint nor a default`);
  return { constraints, defaultValue: rest.slice(1) };
}

function precedenceOf(segment: Segment): string {
  if (segment.kind === 'literal') return '1';
  if (segment.isCatchAll) return segment.constraints.length > 0 ? '4' : '5';
  return segment.constraints.length > 0 ? '2' : '3';
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const isRest = segment.kind === 'parameter' && segment.isCatchAll;
    const encoded = isRest ? restOf(parts, index) : parts[index];
    const text = encoded === undefined ? undefined : decodePathPart(encoded);
    if (!takeSegment(segment, text, parameters)) return undefined;
    if (isRest) return parameters;
  }
  return parts.length > segments.length ? undefined : parameters;
}

function restOf(parts: readonly string[], index: number): string | undefined {
  return parts.length > index ? parts.slice(index).join('/') : undefined;
}

function takeSegment(segment: Segment, text: string | undefined, parameters: Record<string, string>): boolean {
  if (segment.kind === 'literal') return text?.toLowerCase() === segment.text;
  if (text === undefined || text === '') {
    if (segment.defaultValue !== undefined) parameters[segment.name] = segment.defaultValue;
    return segment.isOptional || segment.isCatchAll || segment.defaultValue !== undefined;
  }
  if (!segment.constraints.every((isSatisfied) => isSatisfied(text))) return false;
  parameters[segment.name] = text;
  return true;
}
