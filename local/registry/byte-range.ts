/** Bytes of a blob, both ends included. */
export interface ByteRange {
  firstByte: number;
  lastByte: number;
}

/**
 * What a `Range` header asks of `sizeBytes` bytes. `undefined` means all of them: no header, several ranges, or a form
 * that RFC 9110 §14.2 lets a server ignore. `unsatisfiable` means that no byte is there.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return suffixRange(Number(last), sizeBytes);
  const firstByte = Number(first);
  if (last !== '' && Number(last) < firstByte) return undefined;
  if (firstByte >= sizeBytes) return 'unsatisfiable';
  return { firstByte, lastByte: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function suffixRange(lengthBytes: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (lengthBytes === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { firstByte: Math.max(0, sizeBytes - lengthBytes), lastByte: sizeBytes - 1 };
}
