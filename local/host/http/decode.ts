/** A part of a URL's path decoded; as it is where it is not well encoded. */
export function decodePathPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
