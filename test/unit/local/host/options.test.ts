import { parseHostOptions } from '../../../../local/host/options.ts';

const ARGS = ['--app', '/a', '--port', '7071', '--data', '/d'];

describe('parseHostOptions', () => {
  it('reads the command line, and keys from the environment only', () => {
    expect(parseHostOptions(ARGS, { LOCAL_HOST_KEY: 'k', LOCAL_HOST_BLOB_POLL_MS: '250' })).toEqual({
      appDir: '/a',
      port: 7071,
      dataDir: '/d',
      functionKey: 'k',
      masterKey: undefined,
      blobPollIntervalMs: 250,
      stopsWithStdin: false,
    });
  });

  it.each([
    [[]],
    [['--app', '/a', '--data', '/d']],
    [['--app', '/a', '--data', '/d', '--port', '65536']],
    [['--app', '/a', '--data', '/d', '--port', '80x']],
    [[...ARGS, '--key', 'secret']],
    [[...ARGS, 'more']],
  ])('ends with exit code 2 for %p', (args) => {
    expect(() => parseHostOptions(args, {})).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('names the allowed poll intervals', () => {
    expect(() => parseHostOptions(ARGS, { LOCAL_HOST_BLOB_POLL_MS: '1' })).toThrow(
      "LOCAL_HOST_BLOB_POLL_MS is '1'; allowed: whole milliseconds from 10",
    );
  });
});
