import { TransferError } from '../domain/errors.ts';
import { nearNames } from '../domain/near-names.ts';
import { chooseRepositories, needsCatalog, type Selected, selectorsOf } from '../domain/selection.ts';
import { chooseTags, type Selector } from '../domain/selector.ts';
import { mapBounded } from '../oci/parallel.ts';
import type { RegistryClient } from '../oci/registry-client.ts';

const PARALLEL_REPOSITORIES = 8;
const PARALLEL_REFERRERS = 8;
/** What refers to what refers …: deeper than this nobody signs. */
const MAX_REFERRER_DEPTH = 4;

/** The repositories that the selectors of a list mean; the catalog is read only where one of them needs it. */
export async function findRepositories(registry: RegistryClient, entries: readonly string[]): Promise<string[]> {
  const catalog: string[] = [];
  if (needsCatalog(entries)) for await (const name of registry.listRepositories()) catalog.push(name);
  return chooseRepositories(entries, catalog);
}

/** What the selectors of a list mean in these repositories; one that does not exist has nothing. */
export async function selectIn(
  registry: RegistryClient,
  entries: readonly string[],
  repositories: readonly string[],
): Promise<Selected> {
  const selectors = selectorsOf(entries).filter(({ selector }) => !selector.excludes);
  const found = await mapBounded(repositories, PARALLEL_REPOSITORIES, async (repository) => {
    const fitting = selectors.filter(({ selector }) => selector.fits(repository));
    const tags = fitting.some(({ selector }) => selector.tags.kind !== 'digest')
      ? await tagsOf(registry, repository)
      : [];
    return Promise.all(
      fitting.map(async ({ entry, selector }) => ({
        entry,
        artifacts: await choose(registry, selector, repository, tags),
      })),
    );
  });
  return found.flat();
}

/** Names that selectors of one repository may have meant which came to nothing: of a tag there, or of a repository. */
export async function suggest(registry: RegistryClient, selector: Selector): Promise<string[]> {
  const { repository, tags, text } = selector;
  if (repository === undefined || tags.kind !== 'glob') return [];
  const there = await tagsOf(registry, repository);
  const wanted = text.slice(repository.length + 1).split(' ')[0] ?? '';
  return nearNames(wanted, there).map((tag) => `${repository}:${tag}`);
}

async function choose(
  registry: RegistryClient,
  selector: Selector,
  repository: string,
  tags: readonly string[],
): Promise<string[]> {
  const { tags: choice, referrers } = selector;
  const chosen = chooseTags(selector, tags).map((tag) => ({ name: `${repository}:${tag}`, reference: tag }));
  if (choice.kind === 'digest') chosen.push({ name: `${repository}@${choice.digest}`, reference: choice.digest });
  if (!referrers) return chosen.map(({ name }) => name);
  const withReferrers = await mapBounded(chosen, PARALLEL_REFERRERS, async ({ name, reference }) => {
    const found = await registry.resolve(repository, reference);
    return [name, ...(found ? await referrersOf(registry, repository, found.digest) : [])];
  });
  return withReferrers.flat();
}

async function referrersOf(registry: RegistryClient, repository: string, digest: string, depth = 1): Promise<string[]> {
  const direct = await registry.listReferrers(repository, digest);
  const names = direct.map((referrer) => `${repository}@${referrer.digest}`);
  if (depth === MAX_REFERRER_DEPTH) return names;
  const further = await mapBounded(direct, PARALLEL_REFERRERS, (referrer) =>
    referrersOf(registry, repository, referrer.digest, depth + 1),
  );
  return [...names, ...further.flat()];
}

/** The tags of a repository; none of one that does not exist. */
export async function tagsOf(registry: RegistryClient, repository: string): Promise<string[]> {
  const tags: string[] = [];
  try {
    for await (const tag of registry.listTags(repository)) tags.push(tag);
  } catch (error) {
    if (!(error instanceof TransferError) || error.class !== 'artifact') throw error;
  }
  return tags;
}
