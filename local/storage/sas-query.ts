/** Every parameter of a SAS token but those that shape the answer (`rscc`, …). */
const SAS_PARAMETERS = new Set(
  'sv ss srt spr st se sip si ses skoid sktid skt ske sks skv skdutid sduoid sr sp saoid suoid scid sdd srh srq sig'.split(
    ' ',
  ),
);

/** A raw path and query without the SAS token in it; all else stays as it was written. */
export function withoutSas(path: string): string {
  const start = path.indexOf('?');
  if (start < 0) return path;
  const fields = path.slice(start + 1).split('&');
  if (!fields.some((field) => nameOf(field) === 'sig')) return path;
  const kept = fields.filter((field) => !SAS_PARAMETERS.has(nameOf(field)));
  return kept.length === 0 ? path.slice(0, start) : `${path.slice(0, start)}?${kept.join('&')}`;
}

function nameOf(field: string): string {
  const name = field.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
