import { formatReportCsv } from '../../../../src/domain/transfer/report-csv.ts';
import type { ArtifactDocument, TransferDocument } from '../../../../src/domain/transfer/transfer-document.ts';

const PLAIN: ArtifactDocument = {
  artifact: 'a/b:1',
  digest: 'sha256:1',
  mediaType: 'm',
  bytes: 12,
  batch: 'b0001',
  outcome: 'Transferred',
  attempts: [],
};

function failed(message: string): ArtifactDocument {
  const at = '2026-01-01T00:00:00Z';
  const attempt = { run: null, class: 'service', code: 'RUN_FAILED', correlationId: 'c-1', at } as const;
  return {
    ...PLAIN,
    outcome: 'Failed',
    bytes: null,
    attempts: [
      { ...attempt, step: 'Copy', message: 'first' },
      { ...attempt, step: 'Export', message },
    ],
  };
}

function csv(...artifacts: ArtifactDocument[]): string {
  return formatReportCsv({ artifacts } as unknown as TransferDocument);
}

/** The cells of the records after the header, by the grammar of RFC 4180. */
function parse(text: string): string[][] {
  expect(text.endsWith('\r\n')).toBe(true);
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  const records: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (!match) throw new Error(`no CSV: ${text}`);
    const [, raw = '', end] = match;
    records.at(-1)?.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === '\r\n') records.push([]);
  }
  return records.slice(1, -1);
}

describe('formatReportCsv', () => {
  it('has a header, and a record for each artifact', () => {
    expect(csv(PLAIN)).toBe(
      'artifact,outcome,digest,mediaType,bytes,batch,failedAttempts,step,run,class,code,message,correlationId\r\n' +
        'a/b:1,Transferred,sha256:1,m,12,b0001,0,,,,,,\r\n',
    );
  });

  it('tells of the last failed try', () => {
    const [record] = parse(csv(failed('no')));
    expect(record?.slice(4)).toEqual(['', 'b0001', '2', 'Export', '', 'service', 'RUN_FAILED', 'no', 'c-1']);
  });

  it.each(['a, b', 'he said "no"', 'two\r\nlines', 'a\nb', '"', ''])('keeps %j one cell, as it is', (message) => {
    expect(parse(csv(failed(message)))[0]?.[11]).toBe(message);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '＝1', '=HYPERLINK("x","y")', '\tplain'])(
    'lets no spreadsheet run %j',
    (message) => {
      expect(parse(csv(failed(message)))[0]?.[11]).toBe(`'${message}`);
    },
  );
});
