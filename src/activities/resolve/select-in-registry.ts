import { TransferError } from '../../domain/errors.ts';
import { nearNames } from '../../domain/selection/near-names.ts';
import { chooseRepositories, needsCatalog, type Selected, selectorsOf } from '../../domain/selection/selection.ts';
import { chooseTags, type Selector } from '../../domain/selection/selector.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';

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
      fitting.map(async ({ entry, selector }) => {
        const groups = await choose(registry, selector, repository, tags);
        return groups.map((group) => ({ entry, ...group }));
      }),
    );
  });
  return found.flat(2);
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
): Promise<Group[]> {
  const { tags: choice, referrers } = selector;
  const chosen = chooseTags(selector, tags).map((tag) => ({ name: `${repository}:${tag}`, reference: tag }));
  if (choice.kind === 'digest') chosen.push({ name: `${repository}@${choice.digest}`, reference: choice.digest });
  if (!referrers) return [{ artifacts: chosen.map(({ name }) => name) }];
  const withReferrers = await mapBounded(chosen, PARALLEL_REFERRERS, async ({ name, reference }): Promise<Group[]> => {
    const found = await registry.resolve(repository, reference);
    const subject = { repository, name, digest: found?.digest };
    return [{ artifacts: [name] }, ...(await referrersOf(registry, subject))];
  });
  return withReferrers.flat();
}

/** Artifacts that were found together; with a subject because they refer to it. */
type Group = Omit<Selected[number], 'entry'>;

interface Subject {
  repository: string;
  name: string;
  /** `undefined`: it is not there, so nothing refers to it. */
  digest: string | undefined;
}

/** What refers to a subject, then what refers to that. */
async function referrersOf(registry: RegistryClient, subject: Subject, depth = 1): Promise<Group[]> {
  const { repository, name, digest } = subject;
  const direct = digest === undefined ? [] : await registry.listReferrers(repository, digest);
  if (direct.length === 0) return [];
  const named = direct.map((referrer) => ({ repository, name: `${repository}@${referrer.digest}`, ...referrer }));
  const group = { subject: name, artifacts: named.map((referrer) => referrer.name) };
  if (depth === MAX_REFERRER_DEPTH) return [group];
  const further = await mapBounded(named, PARALLEL_REFERRERS, (referrer) => referrersOf(registry, referrer, depth + 1));
  return [group, ...further.flat()];
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
