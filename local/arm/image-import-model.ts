import { z } from 'zod';
import { isDigest } from '../../src/oci/digest.ts';
import { isRepository, isTag } from '../../src/oci/names.ts';
import { ArmError, badValue } from './arm-error.ts';
import { parseBody } from './request-body.ts';

/** Where an image goes: to a tag, or without `tag` only by its digest. */
export interface ImageTarget {
  repository: string;
  tag?: string;
}

/** What an import of an image was asked for; holds no secret. */
export interface ImageImportRequest {
  /** The source registry, by resource id or by the host of its login server. */
  registry: { resourceId: string } | { host: string };
  repository: string;
  /** Tag or digest. */
  reference: string;
  targets: ImageTarget[];
  /** Whether tags that are there may be moved. */
  isForced: boolean;
}

/** With what a source registry that is named by its host is read. */
export interface ImportCredentials {
  username?: string;
  password: string;
}

const RESOURCE_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/registries\/[^/]+$/i;
const HOST = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/i;
const MODES = ['NoForce', 'Force'] as const;
const IMAGE_FORMS = 'repository, repository:tag or repository@sha256:<64 hex digits>, without a registry host';
const DEFAULT_TAG = 'latest';

const text = (allowed: string) => z.string({ error: allowed });
const listOf = (allowed: string) => z.array(text(allowed), { error: `a list of ${allowed}` }).optional();
const bodySchema = z.object({
  source: z.object(
    {
      resourceId: text('the resource id of a registry').optional(),
      registryUri: text('the host of a registry').optional(),
      credentials: z.unknown().optional(),
      sourceImage: text(IMAGE_FORMS),
    },
    { error: 'an object with sourceImage, and with resourceId or registryUri' },
  ),
  targetTags: listOf('repository or repository:tag'),
  untaggedTargetRepositories: listOf('repository'),
  mode: z.string({ error: MODES.join(', ') }).optional(),
});
const credentialsSchema = z.object({ username: z.string().optional(), password: z.string() });

/** What a body of `importImage` asks for. Throws 400 with the path of the first fault, what was found and what is allowed. */
export function parseImageImport(body: unknown): { request: ImageImportRequest; credentials?: ImportCredentials } {
  const { source, targetTags = [], untaggedTargetRepositories = [], mode = 'NoForce' } = parseBody(bodySchema, body);
  const { repository, tag, digest } = parseImage(source.sourceImage);
  const tagged = targetTags.map((target, index) => parseTarget(`targetTags.${index}`, target, tag ?? DEFAULT_TAG));
  const untagged = untaggedTargetRepositories.map((target, index) =>
    requireRepository(`untaggedTargetRepositories.${index}`, target),
  );
  const targets: ImageTarget[] = [...tagged, ...untagged];
  if (targets.length === 0) throw badValue('targetTags', undefined, 'one or more, or untaggedTargetRepositories');
  const known = MODES.find((one) => one.toLowerCase() === mode.toLowerCase());
  if (known === undefined) throw badValue('mode', mode, MODES.join(', '));
  const reference = digest ?? tag ?? DEFAULT_TAG;
  const registry = parseRegistry(source.resourceId, source.registryUri);
  const request = { registry, repository, reference, targets, isForced: known === 'Force' };
  return source.credentials === undefined
    ? { request }
    : { request, credentials: parseCredentials(source.credentials) };
}

function parseRegistry(resourceId: string | undefined, registryUri: string | undefined) {
  if (resourceId !== undefined && registryUri !== undefined) {
    throw badValue('source.registryUri', registryUri, 'nothing beside resourceId');
  }
  if (resourceId !== undefined) {
    if (RESOURCE_ID.test(resourceId)) return { resourceId };
    throw badValue('source.resourceId', resourceId, 'the resource id of a registry');
  }
  const host = registryUri?.replace(/^https:\/\//i, '').replace(/\/$/, '');
  if (host !== undefined && HOST.test(host)) return { host: host.toLowerCase() };
  throw badValue('source.registryUri', registryUri, 'the host of a registry, or a resourceId in its place');
}

/** What was found is not told: it is a secret. */
function parseCredentials(value: unknown): ImportCredentials {
  const { data } = credentialsSchema.safeParse(value);
  const target = 'source.credentials';
  const message = `${target}: allowed: an object with a password, and with a username where the password is not a token.`;
  if (data === undefined) throw new ArmError(400, 'InvalidParameter', message, {}, target);
  const { username, password } = data;
  return { password, ...(username === undefined ? {} : { username }) };
}

function parseImage(image: string): { repository: string; tag?: string; digest?: string } {
  const [repository = '', digest, more] = image.split('@');
  if (digest !== undefined && more === undefined && isRepository(repository) && isDigest(digest)) {
    return { repository, digest };
  }
  const named = digest === undefined ? splitTag(image) : undefined;
  if (named) return named;
  throw badValue('source.sourceImage', image, IMAGE_FORMS);
}

function parseTarget(path: string, target: string, defaultTag: string): ImageTarget {
  const named = splitTag(target);
  if (!named) throw badValue(path, target, 'repository or repository:tag');
  return { repository: named.repository, tag: named.tag ?? defaultTag };
}

function requireRepository(path: string, repository: string): ImageTarget {
  if (isRepository(repository)) return { repository };
  throw badValue(path, repository, 'repository');
}

function splitTag(name: string): { repository: string; tag?: string } | undefined {
  const [repository = '', tag, more] = name.split(':');
  if (!isRepository(repository) || more !== undefined) return undefined;
  if (tag === undefined) return { repository };
  return isTag(tag) ? { repository, tag } : undefined;
}
