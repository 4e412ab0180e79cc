/**
 * The name of the file that holds a tag. Tags differ by case, file names on some systems do not: the tag goes in lower
 * case, followed by a mask (hexadecimal, bit 0 is the first character) of its capital letters where it has any.
 */
export function formatTagFileName(tag: string): string {
  const lower = tag.toLowerCase();
  if (lower === tag) return tag;
  let mask = 0n;
  for (let index = 0; index < tag.length; index++) {
    if (tag[index] !== lower[index]) mask |= 1n << BigInt(index);
  }
  return `${lower}~${mask.toString(16)}`;
}

/** The tag that a file name of {@link formatTagFileName} stands for. */
export function parseTagFileName(name: string): string {
  const [lower = '', hex] = name.split('~');
  if (hex === undefined) return lower;
  const mask = BigInt(`0x${hex}`);
  return Array.from(lower, (letter, index) => ((mask >> BigInt(index)) & 1n ? letter.toUpperCase() : letter)).join('');
}
