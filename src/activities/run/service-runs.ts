import type { PipelineOperations, PipelineRun } from '../../azure/arm/pipelines.ts';
import { pipelineIdOf, type Route } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';
import { freshRead } from './fresh-read.ts';
import { blobOfRun, isRunOf, isRunOnBlob, type PipelinePlace } from './run-of-pipeline.ts';

/** An import run that the service has started by itself. */
export interface ServiceRun {
  name: string;
  /** Name of its blob. */
  blob: string;
  /** Whether it reads the blob of that name: how the service writes a name is not documented. */
  isOnBlob(name: string): boolean;
  /** When the blob changed that it is about, or else when it began or ended; ISO 8601. `null` where the service does not say. */
  at: string | null;
  finishedAt: string | null;
}

const listings = new WeakMap<PipelineOperations, () => Promise<PipelineRun[]>>();

/**
 * The runs that the source trigger of a route's import pipeline has started, newest first, as they are after this call
 * began. Names that the service makes hold `_`, which no name of a caller may.
 */
export async function listServiceRuns(services: Services, route: Route): Promise<ServiceRun[]> {
  const { pipelines, settings } = services.side(route, 'target');
  const list = listings.get(pipelines) ?? freshRead(() => readAll(pipelines.listRuns()));
  listings.set(pipelines, list);
  const place = { id: pipelineIdOf(route, 'target'), container: settings.container };
  const runs = (await list()).filter((run) => isRunOf(run, place));
  return runs.flatMap((run) => toServiceRun(run, place)).sort((left, right) => timeOf(right) - timeOf(left));
}

/** One second: what a blob's `Last-Modified` leaves out. */
const ROUNDING_MS = 1000;

/**
 * Of these, the runs on one state of a blob: it landed at `landedAt`, and was replaced at `replacedAt` if it was. A run
 * that does not say when it began may be on any state.
 */
export function runsOnBlob(
  runs: readonly ServiceRun[],
  state: { name: string; landedAt: string | null; replacedAt: string | null },
): ServiceRun[] {
  const isOn = ({ at, isOnBlob }: ServiceRun) => {
    if (!isOnBlob(state.name)) return false;
    if (at === null) return true;
    const isLater = state.landedAt === null || Date.parse(at) >= Date.parse(state.landedAt) - ROUNDING_MS;
    return isLater && (state.replacedAt === null || Date.parse(at) < Date.parse(state.replacedAt));
  };
  return runs.filter(isOn);
}

function toServiceRun(run: PipelineRun, { container }: PipelinePlace): ServiceRun[] {
  const { name, properties } = run;
  const blob = blobOfRun(run, container);
  if (!name.includes('_') || blob === undefined) return [];
  const { response } = properties;
  const at = response?.trigger?.sourceTrigger?.timestamp ?? response?.startTime ?? response?.finishTime ?? null;
  const isOnBlob = (other: string) => isRunOnBlob(run, container, other);
  return [{ name, blob, isOnBlob, at, finishedAt: response?.finishTime ?? null }];
}

function timeOf({ at }: ServiceRun): number {
  return at === null ? Number.NEGATIVE_INFINITY : Date.parse(at);
}

async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
