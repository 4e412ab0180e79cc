import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallRecord } from '../../../../local/calls/call.ts';
import { CallFile } from '../../../../local/calls/call-file.ts';
import { CallJournal } from '../../../../local/calls/journal.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-journal-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function call(more: Partial<CallRecord> = {}): Omit<CallRecord, 'n'> {
  return {
    at: '2026-11-23T10:00:00.000Z',
    service: 'blob',
    host: 'srcstore.blob.source.test',
    method: 'GET',
    path: '/c/b',
    query: '',
    operation: 'GetBlob',
    identity: 'me',
    status: 200,
    requestBytes: 0,
    responseBytes: 5,
    durationMs: 1,
    ...more,
  };
}

function journalOf(calls: Partial<CallRecord>[], capacity = 100): CallJournal {
  const journal = new CallJournal({ path: join(dir, 'calls.jsonl'), capacity });
  for (const one of calls) journal.add(call(one));
  return journal;
}

describe('CallJournal', () => {
  it.each([
    [{}, [1, 2, 3, 4]],
    [{ service: 'arm' as const }, [2]],
    [{ identity: 'm*' }, [1, 2, 4]],
    [{ method: 'put' }, [3]],
    [{ operation: 'Put*' }, [3]],
    [{ path: '*.tar' }, [3]],
    [{ host: '*.target.test' }, [4]],
    [{ status: 503 }, [2]],
    [{ status: 'none' as const }, [4]],
    [{ fault: '*' }, [1, 2, 3, 4]],
    [{ fault: 'f1 *' }, [2]],
    [{ since: '2026-11-23T10:00:01Z' }, [3, 4]],
    [{ after: 3 }, [4]],
    [{ identity: 'me', status: '503' }, [2]],
  ])('finds for %j the calls %j', async (query, numbers) => {
    const journal = journalOf([
      {},
      { service: 'arm', status: 503, fault: 'f1 status 503' },
      { method: 'PUT', operation: 'PutBlob', path: '/c/x.tar', identity: 'you', at: '2026-11-23T10:00:01.000Z' },
      { host: 'tgtstore.blob.target.test', status: null, at: '2026-11-23T10:00:02.000Z' },
    ]);
    expect(journal.find(query as object).value.map(({ n }) => n)).toEqual(numbers);
    await journal.close();
  });

  it('pages, oldest first', async () => {
    const journal = journalOf([{}, {}, {}]);
    const page = journal.find({ limit: 2 });
    expect([page.value.map(({ n }) => n), page.next]).toEqual([[1, 2], 2]);
    const rest = journal.find({ limit: 2, after: 2 });
    expect([rest.value.map(({ n }) => n), rest.next]).toEqual([[3], undefined]);
    await journal.close();
  });

  it('keeps no more than it may, and says which call is the oldest that it has', async () => {
    const journal = journalOf(Array(25).fill({}), 20);
    const { value, first } = journal.find();
    expect(value.length).toBeLessThanOrEqual(20);
    expect(value.at(-1)?.n).toBe(25);
    expect([value[0]?.n, first]).toEqual([first, first]);
    expect(first).toBeGreaterThan(1);
    await journal.close();
  });

  it('writes every call to a file that only this user can read, more than it keeps', async () => {
    const journal = journalOf(Array(25).fill({}), 20);
    await journal.close();
    const path = join(dir, 'calls.jsonl');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('refuses a query that it does not know', () => {
    expect(() => journalOf([]).find({ servise: 'arm' } as object)).toThrow('servise');
  });
});

describe('CallFile', () => {
  it('keeps one older file beside the one that it fills, neither longer than allowed', async () => {
    const path = join(dir, 'calls.jsonl');
    for (let part = 0; part < 5; part++) {
      const file = new CallFile({ path, maxBytes: 100 });
      file.append(`${part}${'x'.repeat(58)}`);
      await file.close();
    }
    expect((await readFile(path, 'utf8'))[0]).toBe('4');
    expect((await readFile(`${path}.1`, 'utf8'))[0]).toBe('3');
    expect((await stat(path)).size).toBe(60);
  });

  it('tells of what it could not write, and goes on', async () => {
    const said: string[] = [];
    const file = new CallFile({ path: join(dir, 'missing', 'calls.jsonl'), log: (line) => said.push(line) });
    file.append('one');
    await file.close();
    expect(said).toEqual([expect.stringContaining('ENOENT')]);
  });
});
