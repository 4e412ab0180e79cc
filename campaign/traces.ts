import { fetch } from 'undici';
import { type CloudName, resourcesOf } from '../local/names.ts';
import type { World } from './world.ts';

/** A pipeline run that is on a blob of a transfer. */
export interface RunTrace {
  name: string;
  blob: string;
  status: string | undefined;
}

const CLOUDS = ['source', 'target'] as const;
const API_VERSION = '2025-06-01-preview';
const STORAGE_VERSION = '2021-12-02';
const STORAGE_AUDIENCE = 'https://storage.azure.com';

interface RunPage {
  value: {
    name: string;
    properties: {
      request: { target?: { name?: string }; source?: { name?: string } };
      response?: { status?: string };
    };
  }[];
  nextLink?: string;
}

/** The runs of both registries that read or write an archive of the transfer. */
export async function runsOf({ operator }: World, id: string): Promise<RunTrace[]> {
  const runs: RunTrace[] = [];
  for (const cloud of CLOUDS) {
    let path: string | undefined = `${resourcesOf(cloud).registryId}/pipelineRuns?api-version=${API_VERSION}`;
    while (path !== undefined) {
      const page = (await operator.arm(cloud, 'GET', path)).body as RunPage;
      for (const { name, properties } of page.value) {
        const blob = properties.request.target?.name ?? properties.request.source?.name ?? '';
        if (blob.startsWith(`${id}-`)) runs.push({ name, blob, status: properties.response?.status });
      }
      path = page.nextLink === undefined ? undefined : pathOf(page.nextLink);
    }
  }
  return runs;
}

/** `{container}/{name}` of the transfer's blobs on both sides, those included of which blocks alone are there. */
export async function blobsOf(world: World, id: string): Promise<{ committed: string[]; uncommitted: string[] }> {
  const found: { committed: string[]; uncommitted: string[] } = { committed: [], uncommitted: [] };
  for (const cloud of CLOUDS) {
    const committed = await listBlobs(world, cloud, id, '');
    const all = await listBlobs(world, cloud, id, '&include=uncommittedblobs');
    found.committed.push(...committed);
    found.uncommitted.push(...all.filter((name) => !committed.includes(name)));
  }
  return found;
}

/** The transfer's documents in the container of the records. */
export function recordOf({ operator }: World, id: string): Promise<string[]> {
  return listNames(
    operator.token(STORAGE_AUDIENCE),
    'https://statestore.blob.source.test/acr-transfer',
    `transfers/${id}/`,
    '',
  );
}

async function listBlobs({ operator }: World, cloud: CloudName, id: string, include: string): Promise<string[]> {
  const { containerUrl } = resourcesOf(cloud);
  const names = await listNames(operator.token(STORAGE_AUDIENCE), containerUrl, `${id}-`, include);
  return names.map((name) => `${cloud}/${name}`);
}

async function listNames(token: string, containerUrl: string, prefix: string, include: string): Promise<string[]> {
  const url = `${containerUrl}?restype=container&comp=list&prefix=${encodeURIComponent(prefix)}${include}`;
  const headers = { authorization: `Bearer ${token}`, 'x-ms-version': STORAGE_VERSION };
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status} ${text}`);
  return [...text.matchAll(/<Name>([^<]*)<\/Name>/g)].map(([, name = '']) => name);
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
