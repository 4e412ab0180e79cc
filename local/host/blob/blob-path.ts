/** The `path` of a blob trigger: a container, and which of its blobs are meant. */
export interface BlobPath {
  container: string;
  /** What every name that fits begins with; for listing. */
  prefix: string;
  /** What the path's placeholders stand for in a blob's name, or `undefined` when the name does not fit. */
  match(blobName: string): Record<string, string> | undefined;
}

const CONTAINER_NAME = /^(\$root|\$web|(?=.{3,63}$)[a-z0-9](-?[a-z0-9])+)$/;

/**
 * Parses `container`, `container/literal` or `container/before-{name}.after`. Placeholders stand for any text that is
 * not empty. Throws an Error that names the fault.
 */
export function parseBlobPath(path: string): BlobPath {
  const slash = path.indexOf('/');
  const container = slash < 0 ? path : path.slice(0, slash);
  const pattern = slash < 0 ? '' : path.slice(slash + 1);
  if (!CONTAINER_NAME.test(container)) {
    throw new Error(`blob path '${path}': '${container}' is no container name (3 to 63 of a-z, 0-9 and single -)`);
  }
  if (pattern === '') return { container, prefix: '', match: () => ({}) };
  const names: string[] = [];
  const source = pattern
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      if (names.includes(name)) throw new Error(`blob path '${path}': {${name}} occurs twice`);
      names.push(name);
      return '(.+)';
    })
    .join('');
  const expression = new RegExp(`^${source}$`, 's');
  const prefix = pattern.replace(/\{\w+\}.*$/s, '');
  return { container, prefix, match: (blobName) => captures(expression, names, blobName) };
}

function captures(expression: RegExp, names: readonly string[], text: string): Record<string, string> | undefined {
  const match = expression.exec(text);
  if (match === null) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
}
