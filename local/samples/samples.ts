import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { type Content, contentOf, fileLayer, textLayer } from './content.ts';

/** One manifest with what it refers to, and the tags it gets. */
export interface Sample {
  repository: string;
  tags: readonly string[];
  manifest: Content;
  blobs: readonly Content[];
  children: readonly Sample[];
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

/**
 * Real artifacts, made from what is on every machine that runs this: small images that share a layer, one digest under
 * two tags, an index of two platforms, a Helm chart, and (with `large`) an image of the Node binary, over 100 MB.
 */
export async function makeSamples({ large }: { large: boolean }): Promise<Sample[]> {
  const base = textLayer(`${LAYER}+gzip`, { 'etc/os-release': 'ID=sample\nNAME="Sample base"\n' });
  const v1 = image('samples/hello', ['v1'], [base, greeting('Hello from v1\n')]);
  const v2 = image('samples/hello', ['v2', 'latest'], [base, greeting('Hello from v2\n')]);
  const samples = [v1, v2, twoPlatforms(base), chart()];
  return large ? [...samples, await nodeImage(base)] : samples;
}

function greeting(text: string): Content {
  return textLayer(`${LAYER}+gzip`, { 'etc/motd': text });
}

function image(
  repository: string,
  tags: readonly string[],
  layers: readonly Content[],
  architecture = 'amd64',
): Sample {
  const config = json(CONFIG, {
    architecture,
    os: 'linux',
    config: { Labels: { 'org.opencontainers.image.title': repository } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  return manifest(repository, tags, config, layers);
}

function manifest(
  repository: string,
  tags: readonly string[],
  config: Content,
  layers: readonly Content[],
  more = {},
): Sample {
  const body = { ...more, config: describe(config), layers: layers.map(describe) };
  return {
    repository,
    tags,
    manifest: json(OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, ...body }),
    blobs: [config, ...layers],
    children: [],
  };
}

function twoPlatforms(base: Content): Sample {
  const repository = 'samples/multi';
  const architectures = ['amd64', 'arm64'];
  const children = architectures.map((architecture) =>
    image(repository, [], [base, greeting(`Hello from ${architecture}\n`)], architecture),
  );
  const manifests = children.map((child, index) => ({
    ...describe(child.manifest),
    platform: { os: 'linux', architecture: architectures[index] },
  }));
  const index = json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return { repository, tags: ['1.0'], manifest: index, blobs: [], children };
}

function chart(): Sample {
  const yaml = 'apiVersion: v2\nname: sample-chart\nversion: 1.0.0\n';
  const config = json(CHART_CONFIG, { apiVersion: 'v2', name: 'sample-chart', version: '1.0.0' });
  const layer = textLayer(CHART_LAYER, { 'sample-chart/Chart.yaml': yaml });
  return manifest('samples/chart', ['1.0.0'], config, [layer]);
}

async function nodeImage(base: Content): Promise<Sample> {
  const node = await fileLayer(LAYER, 'usr/local/bin/node', process.execPath);
  return image('samples/node', ['22'], [base, node], process.arch === 'arm64' ? 'arm64' : 'amd64');
}

function describe({ mediaType, digest, size }: Content) {
  return { mediaType, digest, size };
}

function json(mediaType: string, value: object): Content {
  return contentOf(mediaType, Buffer.from(JSON.stringify(value)));
}
