import { DEMONSTRATIONS, readFault } from '../../../../local/faults/demonstrations.ts';
import { toPattern } from '../../../../local/faults/pattern.ts';
import { parseRule } from '../../../../local/faults/rule.ts';

describe('a rule', () => {
  it('is what it says, with the defaults of its fault', () => {
    expect(parseRule({ fault: { kind: 'cut' } })).toEqual({ fault: { kind: 'cut', when: 'before' } });
    const whole = {
      name: 'all',
      services: ['arm', 'proxy'],
      method: 'PUT',
      host: 'management.*',
      path: '*/pipelineRuns/*',
      operation: 'regex:write$',
      identity: '*',
      skip: 1,
      times: 2,
      rate: 0.5,
      seed: 7,
      forMs: 1000,
      fault: { kind: 'status', status: 429, retryAfterSeconds: 3 },
    };
    expect(parseRule(whole)).toEqual(whole);
  });

  it.each([
    [{}, 'fault'],
    [{ fault: { kind: 'explode' } }, 'fault.kind'],
    [{ fault: { kind: 'status', status: 418 } }, 'fault.status'],
    [{ fault: { kind: 'hang' }, rate: 0 }, 'rate'],
    [{ fault: { kind: 'hang' }, service: ['arm'] }, 'service'],
    [{ fault: { kind: 'hang' }, services: ['ftp'] }, 'services.0'],
    [{ fault: { kind: 'hang' }, path: 'regex:(' }, 'path'],
    [{ fault: { kind: 'poison' }, path: '/x' }, 'path: not for poison'],
    [{ fault: { kind: 'clockSkew', skewSeconds: 60 }, times: 1 }, 'times: not for clockSkew'],
    [{ fault: { kind: 'corrupt' }, services: ['proxy'] }, 'services: proxy does not have corrupt'],
    [{ fault: { kind: 'truncate' }, services: ['arm', 'eventGrid'] }, 'services: eventGrid does not have truncate'],
  ])('that is %j is refused, naming %s', (rule, named) => {
    expect(() => parseRule(rule)).toThrow(RangeError);
    expect(() => parseRule(rule)).toThrow(named);
  });

  it('names everything that is wrong with it at once', () => {
    expect(() => parseRule({ times: 0, skip: -1, fault: { kind: 'delay' } })).toThrow(/times.*skip|skip.*times/s);
  });
});

describe('a pattern', () => {
  it.each([
    ['/v2/*/manifests/*', '/v2/a/b/manifests/v1', true],
    ['/v2/*/manifests/*', '/x/v2/a/manifests/v1', false],
    ['/V2/a.b', '/v2/a.b', true],
    ['/v2/a.b', '/v2/axb', false],
    ['a(b)[c]', 'a(b)[c]', true],
    ['regex:mani(f|t)ests/v\\d$', '/v2/a/manifests/v1', true],
    ['regex:^manifests', '/v2/a/manifests/v1', false],
  ])('%s for %s: %s', (pattern, text, matches) => {
    expect(toPattern(pattern).test(text)).toBe(matches);
  });
});

describe('readFault', () => {
  it('knows every demonstration by name, and each is a rule', () => {
    for (const name of Object.keys(DEMONSTRATIONS)) expect(parseRule(readFault(name))).toMatchObject({ name });
  });

  it('reads a rule as JSON', () => {
    expect(readFault('{"services":["vault"],"fault":{"kind":"hang"}}')).toEqual({
      services: ['vault'],
      fault: { kind: 'hang' },
    });
  });

  it.each(['nothing', '{"fault":', '{"fault":{"kind":"x"}}'])('refuses %s', (text) => {
    expect(() => readFault(text)).toThrow(RangeError);
  });
});
