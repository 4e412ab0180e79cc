import { judgePipeline, judgePipelineExists } from '../../../../src/domain/checks/pipeline-checks.ts';

const container = 'https://a.blob.example/transfer';
const ROUTE = { container, continueOnErrors: true, importAuto: 'mirror' as const };
const SOURCE = {
  id: '/exportPipelines/toChina',
  provisioningState: 'Succeeded',
  options: ['overwriteblobs', 'ContinueOnErrors'],
  uri: container,
  triggerStatus: undefined,
};
const TARGET = { ...SOURCE, id: '/importPipelines/in', options: ['OverwriteTags', 'ContinueOnErrors'] };
const wrong = (side: 'source' | 'target', change: object, route: object = {}) => {
  const facts = { ...(side === 'source' ? SOURCE : TARGET), ...change };
  return judgePipeline(side, facts, { ...ROUTE, ...route }).filter(({ status }) => status !== 'ok');
};

describe('judgePipeline', () => {
  it('finds nothing wrong with good pipelines', () => {
    expect(wrong('source', {})).toEqual([]);
    expect(wrong('target', { triggerStatus: 'Enabled' })).toEqual([]);
    expect(wrong('target', { triggerStatus: 'Disabled' }, { importAuto: 'always' })).toEqual([]);
    expect(wrong('source', { options: ['OverwriteBlobs'] }, { continueOnErrors: false })).toEqual([]);
  });

  it.each<['source' | 'target', object, object, string, string, string]>([
    [
      'source',
      { provisioningState: 'Failed' },
      {},
      'PIPELINE_NOT_READY',
      'fault',
      'Wait until the change of the pipeline has ended; if it failed, deploy the pipeline again.',
    ],
    [
      'source',
      { uri: 'https://a.blob.example/other' },
      {},
      'CONTAINER_MISMATCH',
      'fault',
      'Correct source.container of the route, or the container of /exportPipelines/toChina.',
    ],
    [
      'source',
      { uri: undefined },
      {},
      'CONTAINER_MISMATCH',
      'fault',
      'Correct source.container of the route, or the container of /exportPipelines/toChina.',
    ],
    [
      'source',
      { options: ['OverwriteBlobs', 'ContinueOnErrors', 'OverwriteTags'] },
      {},
      'PIPELINE_OPTION_INVALID',
      'warning',
      'Take OverwriteTags from the options of the pipeline: it does nothing there, or is misspelt.',
    ],
    [
      'target',
      { options: ['OverwriteTags'] },
      {},
      'CONTINUE_ON_ERRORS_OFF',
      'warning',
      'Add ContinueOnErrors to the options of the pipeline: without it one bad artifact fails its whole run.',
    ],
    [
      'source',
      { options: ['ContinueOnErrors'] },
      {},
      'OVERWRITE_BLOBS_OFF',
      'warning',
      'Add OverwriteBlobs to the options of the pipeline: a run whose blob is there already fails without it.',
    ],
    [
      'target',
      { options: ['ContinueOnErrors'] },
      {},
      'OVERWRITE_TAGS_OFF',
      'warning',
      'Add OverwriteTags to the options of the pipeline: requests with options.overwrite are refused without it.',
    ],
    [
      'target',
      { triggerStatus: 'Disabled' },
      {},
      'TRIGGER_DISABLED',
      'warning',
      'Enable the source trigger of the pipeline, or set import.auto of the route to always.',
    ],
    [
      'target',
      { triggerStatus: 'Disabled' },
      { importAuto: 'never' },
      'TRIGGER_DISABLED',
      'warning',
      'Enable the source trigger of the pipeline, or set import.auto of the route to mirror or always.',
    ],
  ])('finds on the %s %j %j: %s', (side, change, route, code, status, remedy) => {
    expect(wrong(side, change, route)).toEqual([expect.objectContaining({ code, side, status, remedy })]);
  });
});

describe('judgePipelineExists', () => {
  it.each([
    ['source', 'Correct source.exportPipeline of the route, or create the pipeline.'],
    ['target', 'Correct target.importPipeline of the route, or create the pipeline.'],
  ] as const)('names the key to correct on the %s', (side, remedy) => {
    expect(judgePipelineExists(side, '/p', false)).toMatchObject({
      code: 'PIPELINE_NOT_FOUND',
      status: 'fault',
      remedy,
    });
    expect(judgePipelineExists(side, '/p', true).status).toBe('ok');
  });
});
