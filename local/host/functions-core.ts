import { registerHooks } from 'node:module';
import type { FunctionCallback, FunctionMetadata, ProgrammingModel, RegisteredFunction } from './app-model.ts';
import { LOG_LEVELS, type Log, type LogLevel } from './log.ts';

const MODULE_NAME = '@azure/functions-core';
const MODULE_URL = 'local-host:functions-core';
const MODULE_SYMBOL = 'local-host.functions-core';

/** A hook of the app; it may change the object that it gets. */
export type Hook = (context: Record<string, unknown>) => unknown;
export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log';

/** Takes back what a registration did, once. */
export class Disposable {
  #undo: (() => void) | undefined;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  static from(...parts: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const part of parts) part.dispose();
    });
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}

/**
 * What the app and the library see as `@azure/functions-core`, and the host's registry of functions. Registering ends
 * when {@link FunctionsCore.lock} is called.
 */
export class FunctionsCore {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: Record<HookName, Hook[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  /** Shared by all hooks of the app for as long as the process lives. */
  readonly appHookData: Record<string, unknown> = {};
  readonly #log: Log;
  #model: ProgrammingModel | undefined;
  #isLocked = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The model that the library set, or `undefined` when the app never used it. */
  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  lock(): void {
    this.#isLocked = true;
  }

  /** Logs through the app's own `log` hooks first. */
  log(level: LogLevel, category: string, message: string): void {
    const entry = { level, category, message, hookData: this.appHookData };
    for (const hook of this.hooks.log) hook(entry);
    this.#log(LOG_LEVELS.includes(entry.level) ? entry.level : 'information', entry.category, String(entry.message));
  }

  async runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context);
  }

  #registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#isLocked) throw new Error('A function can only be registered during app startup.');
    const id = metadata.functionId ?? metadata.name;
    if (this.functions.has(id)) throw new Error(`A function with id "${id}" has already been registered.`);
    this.functions.set(id, { metadata, callback });
    return new Disposable(() => this.functions.delete(id));
  }

  #registerHook(name: string, hook: Hook): Disposable {
    if (!Object.hasOwn(this.hooks, name)) {
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
    }
    const hooks = this.hooks[name as HookName];
    hooks.push(hook);
    return new Disposable(() => hooks.splice(hooks.indexOf(hook), 1));
  }

  /** The members of the module itself. The versions are those of a worker and a host that know all that is used here. */
  asModule(): object {
    return {
      version: '3.12.0',
      hostVersion: '4.1040.0',
      Disposable,
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
        this.#registerFunction(metadata, callback),
      registerHook: (name: string, hook: Hook) => this.#registerHook(name, hook),
      log: (level: LogLevel, category: string, message: string) => this.log(level, category, message),
    };
  }
}

/** Makes `require` and `import` of `@azure/functions-core` in this process give the core's module. Before the app loads. */
export function installFunctionsCore(core: FunctionsCore): void {
  Object.assign(globalThis, { [Symbol.for(MODULE_SYMBOL)]: core.asModule() });
  const source = `module.exports = globalThis[Symbol.for('${MODULE_SYMBOL}')];`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === MODULE_NAME
        ? { url: MODULE_URL, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === MODULE_URL ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
  });
}
