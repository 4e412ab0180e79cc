import { createLog, type LogLevel, parseLogLevel } from '../../../../local/host/log.ts';

function logged(minimum: LogLevel, level: LogLevel, message: string): string[] {
  const lines: string[] = [];
  createLog(minimum, (line) => lines.push(line))(level, 'Category', message);
  return lines;
}

describe('the log', () => {
  it('writes time, level, category and message on one line', () => {
    const [line] = logged('information', 'warning', 'first\n   second\r\nthird');
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warning Category: first \| second \| third$/);
  });

  it('leaves out what is below its level', () => {
    expect(logged('warning', 'information', 'x')).toEqual([]);
    expect(logged('none', 'critical', 'x')).toEqual([]);
    expect(logged('trace', 'trace', 'x')).toHaveLength(1);
  });

  it('masks keys in URLs', () => {
    expect(logged('trace', 'error', 'GET http://h/p?code=secret')[0]).toContain('?code=***');
  });

  it('takes a level in any case and names the levels for another word', () => {
    expect(parseLogLevel('Warning')).toBe('warning');
    expect(parseLogLevel('')).toBe('information');
    expect(() => parseLogLevel('loud')).toThrow("LOCAL_HOST_LOG is 'loud'; allowed: trace, debug, information");
  });
});
