import { parseArguments } from '../../../../local/app/arguments.ts';

describe('the command line of npm start', () => {
  it.each([
    [[], 'one-tenant'],
    [['--two-tenants'], 'two-tenants'],
    [['--two-clouds', '--once'], 'two-clouds'],
    [['--two-sided', '--once', '--json'], 'two-sided'],
  ])('%j brings up %s', (args, mode) => {
    expect(parseArguments(args).mode).toBe(mode);
  });

  it('takes one mode at a time', () => {
    expect(() => parseArguments(['--two-sided', '--two-clouds'])).toThrow(
      '--two-clouds and --two-sided were given; allowed: one of them.',
    );
  });
});
