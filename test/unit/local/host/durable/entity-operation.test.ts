import { type OperationParts, runOperation } from '../../../../../local/host/durable/entity-operation.ts';
import { FunctionTable } from '../../../../../local/host/durable/function-table.ts';

const COUNTER = {
  metadata: { name: 'counter', bindings: { context: { type: 'entityTrigger' } } },
  callback: () => undefined,
};
const ENTITY = { id: '@counter@a', isExisting: true, state: '1', lockedBy: null, updated: '' };
const ADD = { kind: 'operation', id: 'r', operation: 'add', input: '1' } as const;
const SIGNAL = { target: { name: 'counter', key: 'b' }, name: 'add', input: '' };

/** A package that answers with this state to every operation. */
function partsWith(answer: object | Error, rollsBack = true): OperationParts {
  const callForResult = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const invoker = { callForResult } as unknown as OperationParts['invoker'];
  const functions = new FunctionTable([COUNTER]);
  return { functions, invoker, log: () => undefined, clientInputs: () => [], rollsBack };
}

const FAILED = {
  entityExists: true,
  entityState: '9',
  results: [{ isError: true, result: '"no"' }],
  signals: [SIGNAL],
};

describe('runOperation', () => {
  it('takes state, answer and signals of an operation that went well', async () => {
    const answer = {
      ...FAILED,
      results: [
        { isError: false, result: '9' },
        { isError: false, result: 'of a second return' },
      ],
    };
    expect(await runOperation(partsWith(answer), ENTITY, ADD)).toEqual({
      ...{ isExisting: true, state: '9', isError: false, answer: '9' },
      signals: [{ target: { name: 'counter', key: 'b' }, operation: 'add', input: null }],
    });
  });

  it('takes only the error of one that threw', async () => {
    expect(await runOperation(partsWith(FAILED), ENTITY, ADD)).toEqual({
      ...{ isExisting: true, state: '1', isError: true, answer: '"no"', signals: [] },
    });
  });

  it('takes state and signals of one that threw where nothing is rolled back', async () => {
    const outcome = await runOperation(partsWith(FAILED, false), ENTITY, ADD);
    expect(outcome).toMatchObject({ state: '9', isError: true, signals: [{ operation: 'add' }] });
  });

  it('takes what a hook threw for an error of the operation', async () => {
    const outcome = await runOperation(partsWith(new Error('hooked')), ENTITY, ADD);
    expect(outcome).toMatchObject({ state: '1', isError: true, answer: '"hooked"' });
  });

  it('keeps no state of an entity that was destructed', async () => {
    const answer = { entityExists: false, entityState: '9', results: [], signals: [] };
    expect(await runOperation(partsWith(answer), ENTITY, ADD)).toMatchObject({ isExisting: false, state: null });
  });
});
