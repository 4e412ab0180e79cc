import { parseArguments, readStartSettings } from '../../../../local/app/arguments.ts';

describe('the command line of npm start', () => {
  it.each([
    [[], 'one-tenant'],
    [['--two-tenants'], 'two-tenants'],
    [['--two-clouds', '--once'], 'two-clouds'],
    [['--two-sided', '--once', '--json'], 'two-sided'],
  ])('%j brings up %s', (args, mode) => {
    expect(parseArguments(args).mode).toBe(mode);
  });

  it.each([
    [['--two-clouds', '--fault', 'throttled'], '--two-clouds'],
    [['--two-sided', '--fault-seed', '1'], '--two-sided'],
  ])('%j is refused: such a fault would not be in force', (args, mode) => {
    expect(() => parseArguments(args)).toThrow(`--fault was given with ${mode}; allowed: with none`);
  });

  it('takes one mode at a time', () => {
    expect(() => parseArguments(['--two-sided', '--two-clouds'])).toThrow(
      '--two-clouds and --two-sided were given; allowed: one of them.',
    );
  });
});

describe('the delays of the source trigger', () => {
  it('are given in seconds', () => {
    expect(readStartSettings({})).toMatchObject({ sourceTriggerDelayMs: 900_000, sourceTriggerStartDelayMs: 0 });
    const given = { LOCAL_SOURCE_TRIGGER_SECONDS: '2', LOCAL_SOURCE_TRIGGER_START_SECONDS: '0.5' };
    expect(readStartSettings(given)).toMatchObject({ sourceTriggerDelayMs: 2000, sourceTriggerStartDelayMs: 500 });
  });

  it.each([
    [{ LOCAL_SOURCE_TRIGGER_SECONDS: '0' }, "LOCAL_SOURCE_TRIGGER_SECONDS is '0'; allowed: more than 0."],
    [
      { LOCAL_SOURCE_TRIGGER_SECONDS: 'x' },
      "LOCAL_SOURCE_TRIGGER_SECONDS is 'x'; allowed: 0 or more, less than 86400.",
    ],
    [{ LOCAL_SOURCE_TRIGGER_START_SECONDS: '-1' }, "LOCAL_SOURCE_TRIGGER_START_SECONDS is '-1'; allowed: 0 or more"],
  ])('are refused as %j', (given, message) => {
    expect(() => readStartSettings(given)).toThrow(message);
  });
});
