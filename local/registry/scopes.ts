import { z } from 'zod';
import { RegistryError } from './errors.ts';

const ACTIONS = {
  repository: ['pull', 'push', 'delete', 'metadata_read', 'metadata_write'],
  registry: [],
} as const;

const ACCESS = z.object({
  type: z.enum(['repository', 'registry']),
  name: z.string(),
  actions: z.array(z.string()),
});

/** Actions on one repository, or `*` on the registry's `catalog`. */
export type Access = z.infer<typeof ACCESS>;

/** The `access` claim of an access token. */
export const ACCESS_CLAIM = z.array(ACCESS);

/** Access to one repository. */
export function repositoryAccess(name: string, ...actions: string[]): Access {
  return { type: 'repository', name, actions };
}

/** Access that listing repositories needs. */
export const CATALOG_ACCESS: Access = { type: 'registry', name: 'catalog', actions: ['*'] };

/**
 * Reads one scope, `repository:{name}:{action,…}` or `registry:catalog:*`. As a token service does, it leaves out
 * actions that it does not know; throws `UNSUPPORTED` (400) for any other form.
 */
export function parseScope(text: string): Access {
  const match = /^(repository|registry):([^:]+):([\w,*]*)$/.exec(text);
  if (!match) {
    throw new RegistryError(
      'UNSUPPORTED',
      `scope ${JSON.stringify(text)}: allowed are repository:{name}:{actions} and registry:catalog:*`,
      { status: 400 },
    );
  }
  const [, type, name = '', actions = ''] = match;
  const kind = type === 'registry' ? 'registry' : 'repository';
  const known: readonly string[] = [...ACTIONS[kind], '*'];
  return { type: kind, name, actions: actions.split(',').filter((action) => known.includes(action)) };
}

/** The text that {@link parseScope} reads. */
export function formatScope(access: Access): string {
  return `${access.type}:${access.name}:${access.actions.join(',')}`;
}

/** Whether what was granted covers all actions of `needed`. `*` covers every action, and who may pull may read lists. */
export function isGranted(granted: readonly Access[], needed: Access): boolean {
  const actions = new Set(
    granted
      .filter(({ type, name }) => type === needed.type && name === needed.name)
      .flatMap((access) => access.actions),
  );
  if (actions.has('*')) return true;
  if (actions.has('pull')) actions.add('metadata_read');
  return needed.actions.every((action) => actions.has(action));
}
