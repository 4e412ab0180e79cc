import { ArmError } from './arm-error.ts';

/** A resource as the list of all resources has it: without properties. */
export interface ResourceSummary {
  id: string;
  name: string;
  type: string;
  location: string;
  tags: Record<string, string>;
  sku: { name: string; tier: string };
  kind?: string;
}

/** One comparison: a property, and a text in quotes, in which two quotes are one. */
const TERM = /^(resourceType|name|resourceGroup|location) +eq +'((?:[^']|'')*)'$/i;
/** What ARM can filter by as well. */
const MORE = /\b(?:substringof|startswith|tagName|tagValue|plan|identity|ne|or)\b/i;

/**
 * Whether a resource is one that a `$filter` is for: `resourceType`, `name`, `resourceGroup` and `location`, each `eq` to
 * a text in any case, joined by `and`; no filter is for all. Throws 501 for ARM's other filters, 400 for what is none.
 */
export function parseResourceFilter(filter: string | null): (resource: ResourceSummary) => boolean {
  if (filter === null || filter.trim() === '') return () => true;
  const terms = filter
    .trim()
    .split(/ +and +/i)
    .map((term) => TERM.exec(term.replace(/^\((.*)\)$/, '$1')));
  const wanted = terms.flatMap((term) =>
    term ? [[term[1] ?? '', (term[2] ?? '').replaceAll("''", "'")] as const] : [],
  );
  if (wanted.length < terms.length) throw badFilter(filter);
  return (resource) => wanted.every(([name, text]) => textOf(resource, name).toLowerCase() === text.toLowerCase());
}

function textOf({ id, name, type, location }: ResourceSummary, property: string): string {
  const values: Record<string, string> = { name, resourcetype: type, location, resourcegroup: id.split('/')[4] ?? '' };
  return values[property.toLowerCase()] ?? '';
}

function badFilter(filter: string): ArmError {
  if (MORE.test(filter)) {
    const allowed = 'resourceType, name, resourceGroup and location, eq, joined by and';
    return new ArmError(501, 'NotEmulated', `$filter=${filter}: the local ARM lists resources by ${allowed} only.`);
  }
  return new ArmError(400, 'InvalidFilterInQueryString', `Invalid $filter '${filter}' specified in the query string.`);
}
