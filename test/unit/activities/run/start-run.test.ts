import { startRun } from '../../../../src/activities/run/start-run.ts';
import type { Services } from '../../../../src/activities/services.ts';
import type { PipelineRun } from '../../../../src/azure/arm/pipelines.ts';
import type { RunRequest } from '../../../../src/domain/activities.ts';
import { formatForceUpdateTag, formatRunName } from '../../../../src/domain/names.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../../domain/sample-route.ts';

const route = routeSchema.parse(SAMPLE_ROUTE);
const key = { id: 'transfer', path: 'b0001', attempt: 1 };
const name = formatRunName('export', key);
const archive = 'transfer-b0001-a01.tar';
const request: RunRequest = {
  owner: { kind: 'import', importId: 'x', route: route.name },
  direction: 'export',
  key,
  archive,
  catalogDigest: null,
};
const running: PipelineRun = {
  name,
  properties: { forceUpdateTag: formatForceUpdateTag(key), response: { status: 'Running' } },
} as PipelineRun;

/** A source whose archive is there already; `runs` is what the first, the second, … look for the run finds. */
function servicesThatFind(runs: (PipelineRun | undefined)[]): { services: Services; puts: string[] } {
  const puts: string[] = [];
  const pipelines = {
    getRun: async () => {
      const run = runs.shift();
      return run && { run };
    },
    getExportPipeline: async () => ({ properties: { target: { uri: route.source?.container }, options: [] } }),
    putRun: async (put: string) => {
      puts.push(put);
      return { run: running };
    },
  };
  const container = { properties: async () => ({ sizeBytes: 1 }) };
  const side = { settings: route.source, pipelines, container };
  const imports = { update: async () => undefined };
  return { services: { route: () => route, side: () => side, imports } as unknown as Services, puts };
}

describe('a run that may not overwrite its archive, and finds it there,', () => {
  it('is followed where it is there itself by then: an earlier request of this activity was late', async () => {
    const { services, puts } = servicesThatFind([undefined, running]);
    expect(await startRun(services, request)).toMatchObject({ status: 'Running', isFinal: false });
    expect(puts).toEqual([]);
  });

  it('is a conflict where there is no such run', async () => {
    const { services, puts } = servicesThatFind([undefined, undefined]);
    await expect(startRun(services, request)).rejects.toMatchObject({ code: 'BLOB_EXISTS', class: 'conflict' });
    expect(puts).toEqual([]);
  });
});
