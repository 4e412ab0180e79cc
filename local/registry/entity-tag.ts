/** The ETag of content: its digest, quoted. Content of one digest never changes, so it is a strong one. */
export function etagOf(digest: string): string {
  return `"${digest}"`;
}

/** Whether an `If-None-Match` header names the content: by its ETag (weak or not, in a list) or by `*`. */
export function matchesEtag(header: string | undefined, digest: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etagOf(digest));
}
