import { isRunOf, isRunOnBlob } from '../../../../src/activities/run/run-of-pipeline.ts';
import type { PipelineRun } from '../../../../src/azure/arm/pipelines.ts';

const place = { id: '/registries/one/importPipelines/mine', container: 'https://store.blob.target.test/transfer' };
const run = (properties: PipelineRun['properties']): PipelineRun => ({ id: '/run', name: 'trigger_1', properties });
const at = (uri: string) => run({ response: { source: { uri } } });

describe('isRunOf', () => {
  it('goes by the pipeline that a run names, in any case', () => {
    expect(isRunOf(run({ request: { pipelineResourceId: place.id.toUpperCase() } }), place)).toBe(true);
    const other = { request: { pipelineResourceId: '/other' }, response: { source: { uri: `${place.container}/a` } } };
    expect(isRunOf(run(other), place)).toBe(false);
  });

  it('goes by the container of its blob where the request is not echoed', () => {
    expect(isRunOf(at(`${place.container}/a.tar`), place)).toBe(true);
    expect(isRunOf(at(`${place.container}2/a.tar`), place)).toBe(false);
    expect(isRunOf(run({ response: { target: { uri: `${place.container}/a.tar` } } }), place)).toBe(true);
  });

  it('does not know of a run that tells neither', () => {
    expect(isRunOf(run({}), place)).toBeUndefined();
  });
});

describe('isRunOnBlob', () => {
  it('goes by the name that the request echoes', () => {
    const named = run({ request: { source: { name: 'dir/a.tar' } } });
    expect(isRunOnBlob(named, place.container, 'dir/a.tar')).toBe(true);
    expect(isRunOnBlob(named, place.container, 'a.tar')).toBe(false);
  });

  it.each(['dir/a b.tar', 'dir/a%20b.tar'])('reads the whole name from the URI …/%s', (name) => {
    expect(isRunOnBlob(at(`${place.container}/${name}`), `${place.container}/`, 'dir/a b.tar')).toBe(true);
    expect(isRunOnBlob(at(`${place.container}/${name}`), place.container, 'a b.tar')).toBe(false);
  });

  it('takes a name with a bare percent sign as it is', () => {
    expect(isRunOnBlob(at(`${place.container}/100%.tar`), place.container, '100%.tar')).toBe(true);
  });
});
