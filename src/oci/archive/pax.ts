import { archiveError } from './archive-error.ts';

/**
 * The records of a pax extended header, by key. Throws `ARCHIVE_INVALID` when they are not `<length> key=value\n`, or
 * when they describe a sparse file, whose bytes are not what they seem; `offset` (bytes) says where, in the message.
 */
export function parsePax(bytes: Buffer, offset: number): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let position = 0; position < bytes.length; ) {
    const [, digits = ''] = /^(\d{1,10}) /.exec(bytes.toString('latin1', position, position + 12)) ?? [];
    const end = position + Number(digits);
    const record = bytes.toString('utf8', position + digits.length + 1, end - 1);
    const divider = record.indexOf('=');
    if (digits === '' || end > bytes.length || bytes[end - 1] !== 0x0a || divider < 1) {
      throw archiveError(`The pax header at byte ${offset} is not made of '<length> key=value' lines`);
    }
    records.set(record.slice(0, divider), record.slice(divider + 1));
    position = end;
  }
  const sparse = [...records.keys()].find((key) => key.startsWith('GNU.sparse'));
  if (sparse !== undefined)
    throw archiveError(`The pax header at byte ${offset} makes a sparse file, which is not read`);
  return records;
}

/** The `size` that a pax header sets, in bytes; throws `ARCHIVE_INVALID` when it is no plain number. */
export function paxSizeBytes(records: ReadonlyMap<string, string>, offset: number): number | undefined {
  const text = records.get('size');
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw archiveError(
    `The pax header at byte ${offset} has the size '${text.slice(0, 40)}', which is no number of bytes`,
  );
}
