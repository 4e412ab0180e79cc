/** The scope to read one repository. */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** The scope to read and write one repository. */
export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/** The scope to list a registry's repositories. */
export const CATALOG_SCOPE = 'registry:catalog:*';
