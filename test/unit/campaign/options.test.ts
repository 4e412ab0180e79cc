import { runsOfEach } from '../../../campaign/fuzz.ts';
import { PARTS, readOptions } from '../../../campaign/options.ts';

describe('the options of a campaign', () => {
  it('are everything, in full, where nothing is said', () => {
    expect(readOptions([])).toMatchObject({ parts: PARTS, hostKills: 100, cloudKills: 20, artifacts: 1000 });
  });

  it('take parts in their order and numbers by name', () => {
    const options = readOptions(['storm', 'kills', '--artifacts', '10', '--seed', '0']);
    expect(options).toMatchObject({ parts: ['kills', 'storm'], artifacts: 10, seed: 0 });
  });

  it.each([
    [['strom'], "The part 'strom' is none; allowed: kills, cancel, storm, fuzz."],
    [['--seed', '-1'], '--seed'],
    [['--seed', '4294967296'], "--seed is '4294967296'; allowed: a whole number from 0 to 4294967295."],
    [['--artifacts', '1e3'], "--artifacts is '1e3'"],
    [['--kills', '1'], '--kills'],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(RangeError);
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe('the runs of a fuzzed property', () => {
  it('are its share of all, and one at least', () => {
    expect(runsOfEach({ properties: 2, share: 0.6 }, 1_000_000)).toBe(300_000);
    expect(runsOfEach({ properties: 1, share: 0.01 }, 1)).toBe(1);
  });
});
