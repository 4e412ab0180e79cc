import { checkBindings } from '../../../../local/host/triggers.ts';

function registered(name: string, ...types: string[]) {
  const bindings = Object.fromEntries(types.map((type, index) => [`b${index}`, { type }]));
  return { metadata: { name, bindings }, callback: () => undefined };
}

describe('checkBindings', () => {
  it('takes what is served, in any case', () => {
    expect(() =>
      checkBindings([registered('a', 'HttpTrigger', 'http', 'entityTrigger', 'durableClient')]),
    ).not.toThrow();
  });

  it('names every function with a binding that is not', () => {
    const functions = [registered('slots', 'queueTrigger'), registered('queue', 'timerTrigger', 'queue')];
    expect(() => checkBindings(functions)).toThrow(
      "'slots' has a binding of type 'queueTrigger'; 'queue' has a binding of type 'queue'; served are: httpTrigger",
    );
  });
});
