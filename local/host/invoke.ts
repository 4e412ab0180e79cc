import { randomUUID } from 'node:crypto';
import type {
  CoreInvocationContext,
  FunctionCallback,
  InvocationModel,
  InvocationResponse,
  RegisteredFunction,
} from './app-model.ts';
import type { BlobBindings } from './bindings/blob-bindings.ts';
import type { FunctionsCore } from './functions-core.ts';
import type { InvocationRequest } from './invocation-request.ts';
import type { RunningInvocations } from './running-invocations.ts';

interface Settled {
  model: InvocationModel;
  context: object;
  result: unknown;
}

/** Calls functions of the app the way the Functions worker does: library, hooks, handler. */
export class Invoker {
  readonly #core: FunctionsCore;
  readonly #running: RunningInvocations;
  readonly #bindings: BlobBindings;

  constructor(core: FunctionsCore, running: RunningInvocations, bindings: BlobBindings) {
    this.#core = core;
    this.#running = running;
    this.#bindings = bindings;
  }

  /** Runs a function to its answer in the runtime's terms. Throws what the handler or a hook throws. */
  async call(fn: RegisteredFunction, request: InvocationRequest): Promise<InvocationResponse> {
    return (await this.callForBoth(fn, request)).response;
  }

  /** Runs a function, its blob inputs and outputs with it, and gives both its answer in the runtime's terms and what its handler returned. */
  async callForBoth(
    fn: RegisteredFunction,
    request: InvocationRequest,
  ): Promise<{ response: InvocationResponse; result: unknown }> {
    const read = await this.#bindings.read(fn, request);
    const inputData = [...request.inputData, ...read];
    const { model, context, result } = await this.#run(fn, { ...request, inputData });
    const response = await model.getResponse(context, result);
    await this.#bindings.write(fn, request, response);
    return { response, result };
  }

  /** Runs a function and gives what its handler returned, unconverted. Throws what the handler or a hook throws. */
  async callForResult(fn: RegisteredFunction, request: InvocationRequest): Promise<unknown> {
    return (await this.#run(fn, request)).result;
  }

  async #run(fn: RegisteredFunction, request: InvocationRequest): Promise<Settled> {
    const invocationId = request.invocationId ?? randomUUID();
    const running = this.#running.begin(fn.metadata.name, invocationId);
    try {
      return await this.#runWithHooks(fn, request, this.#contextOf(fn, request, invocationId));
    } finally {
      this.#running.end(running);
    }
  }

  async #runWithHooks(
    fn: RegisteredFunction,
    request: InvocationRequest,
    core: CoreInvocationContext,
  ): Promise<Settled> {
    if (this.#core.model === undefined) throw new Error('the app has set no programming model');
    const model = await this.#core.model.getInvocationModel(core);
    const { context, inputs } = await model.getArguments();
    request.onContext?.(context);
    const shared = { hookData: {}, appHookData: this.#core.appHookData, invocationContext: context };
    const before = { ...shared, functionCallback: fn.callback as FunctionCallback, inputs };
    core.state = 'preInvocationHooks';
    await this.#core.runHooks('preInvocation', before);
    core.state = 'invocation';
    const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('the function threw nothing');
    }
    core.state = 'postInvocationHooks';
    await this.#core.runHooks('postInvocation', after);
    core.state = undefined;
    if (after.error) throw after.error;
    return { model, context, result: after.result };
  }

  #contextOf(fn: RegisteredFunction, request: InvocationRequest, invocationId: string): CoreInvocationContext {
    const { name } = fn.metadata;
    return {
      invocationId,
      metadata: fn.metadata,
      state: undefined,
      log: (level, category, message) =>
        this.#core.log(level, category === 'user' ? `Function.${name}.User` : `Function.${name}`, message),
      request: {
        invocationId,
        functionId: name,
        inputData: request.inputData,
        triggerMetadata: request.triggerMetadata ?? {},
        retryContext: request.retryContext,
        traceContext: request.traceContext,
      },
    };
  }
}
