import { bindingDataOf } from '../../../../../local/host/bindings/binding-data.ts';
import { resolveExpressions } from '../../../../../local/host/bindings/binding-expression.ts';

describe('resolveExpressions', () => {
  it('takes fields, and fields of fields, in any case', () => {
    const data = { name: 'a', Order: { id: 7, isOpen: true } };
    expect(resolveExpressions('in/{Name}-{order.ID}-{order.isOpen}.txt', data)).toBe('in/a-7-true.txt');
  });

  it('knows what the runtime itself gives', () => {
    expect(resolveExpressions('{rand-guid}', {})).toMatch(/^[0-9a-f-]{36}$/);
    expect(resolveExpressions('{DateTime}', {})).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
  });

  it.each([['{other}'], ['{name.length}'], ['{list}']])('refuses %s, naming it', (text) => {
    expect(() => resolveExpressions(text, { name: 'a', list: [1] })).toThrow(
      `{${text.slice(1, -1)}}; it has: name, list`,
    );
  });
});

describe('bindingDataOf', () => {
  const registered = (type: string) => ({
    metadata: { name: 'f', bindings: { trigger: { type } } },
    callback: () => undefined,
  });

  it('has the fields of a payload and the metadata of the trigger', () => {
    const request = {
      inputData: [{ name: 'trigger', data: { json: '{"a":{"b":1}}' } }],
      triggerMetadata: { instanceId: { string: '"i-1"' }, plain: { string: 'no json' } },
    };
    expect(bindingDataOf(registered('activityTrigger'), request)).toEqual({
      a: { b: 1 },
      data: { a: { b: 1 } },
      instanceId: 'i-1',
      plain: 'no json',
    });
  });

  it('has parameters, query, headers and body of a request; parameters win', () => {
    const http = {
      method: 'POST',
      url: 'http://localhost/api/x?id=query&q=1',
      nullableHeaders: { 'x-mine': { value: 'yes' } },
      nullableParams: { id: { value: 'route' } },
      body: { bytes: Buffer.from('{"id":"body","size":3}') },
    };
    const data = bindingDataOf(registered('httpTrigger'), { inputData: [{ name: 'trigger', data: { http } }] });
    expect(data).toMatchObject({ id: 'route', q: '1', size: 3, headers: { 'x-mine': 'yes' }, query: { id: 'query' } });
  });
});
