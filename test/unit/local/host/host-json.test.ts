import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHostJson } from '../../../../local/host/host-json.ts';

describe('readHostJson', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-json-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function read(json: unknown) {
    writeFileSync(join(folder, 'host.json'), typeof json === 'string' ? json : JSON.stringify(json));
    return readHostJson(folder, { HUB: 'FromSetting' });
  }

  it('has the defaults of the runtime', () => {
    const parallel = 10 * availableParallelism();
    expect(read({ version: '2.0' })).toEqual({
      routePrefix: 'api',
      hubName: 'TestHubName',
      durable: {
        maxConcurrentActivities: parallel,
        maxConcurrentOrchestrators: parallel,
        maxConcurrentEntities: parallel,
        maxEntityBatchSize: 200,
        rollsEntitiesBack: true,
        httpPollIntervalMs: 30_000,
        defaultVersion: null,
      },
      functionTimeoutMs: 1_800_000,
    });
  });

  it('takes that of the app', () => {
    expect(readHostJson('.', {})).toMatchObject({
      routePrefix: 'api',
      hubName: 'AcrTransfer',
      functionTimeoutMs: 600_000,
    });
  });

  it('honours what is set', () => {
    const durableTask = {
      hubName: '%HUB%',
      maxConcurrentActivityFunctions: 3,
      maxConcurrentOrchestratorFunctions: 4,
      maxConcurrentEntityFunctions: 5,
      maxEntityOperationBatchSize: 6,
      rollbackEntityOperationsOnExceptions: false,
      httpSettings: { defaultAsyncRequestSleepTimeMilliseconds: 7 },
      defaultVersion: '2.1',
    };
    expect(read({ functionTimeout: '00:01:00', extensions: { http: { routePrefix: '/' }, durableTask } })).toEqual({
      routePrefix: '',
      hubName: 'FromSetting',
      durable: {
        maxConcurrentActivities: 3,
        maxConcurrentOrchestrators: 4,
        maxConcurrentEntities: 5,
        maxEntityBatchSize: 6,
        rollsEntitiesBack: false,
        httpPollIntervalMs: 7,
        defaultVersion: '2.1',
      },
      functionTimeoutMs: 60_000,
    });
    expect(read({ functionTimeout: '-1' }).functionTimeoutMs).toBeUndefined();
  });

  it.each([
    [{ functionTimeout: '5 minutes' }, "is '5 minutes'; allowed: hh:mm:ss, d.hh:mm:ss or -1"],
    [{ extensions: { durableTask: { maxConcurrentActivityFunctions: 0 } } }, 'must be a whole number from 1, found 0'],
    [{ extensions: { durableTask: { rollbackEntityOperationsOnExceptions: 1 } } }, 'must be true or false, found 1'],
    [{ extensions: { http: { routePrefix: 5 } } }, 'must be text, found 5'],
    ['{', 'is not valid JSON'],
    ['[]', 'must hold a JSON object'],
  ])('refuses %p', (json, message) => {
    expect(() => read(json)).toThrow(message);
  });
});
