import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWithSkopeo } from '../integration/oci/skopeo.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const run = promisify(execFile);

describeWithSkopeo('skopeo', () => {
  let cloud: TestStack;

  beforeAll(async () => {
    cloud = await startTestStack();
  });
  afterAll(() => cloud?.stop());

  it('pushes to the source registry what a transfer brings it from the target, byte for byte', async () => {
    const image = buildImage({ seed: 51, layerSizes: [20_000, 10], hasRealLayers: true });
    await pushImage(cloud.stack.registry('source'), 'team/origin', 'v1', image);
    const { source, target } = cloud.stack.endpoints;
    const from = `docker://${source.registry.loginServer}`;
    const to = `docker://${target.registry.loginServer}`;
    const credentials = `${source.registry.username}:${source.registry.password}`;
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const both = ['--src-creds', credentials, '--dest-creds', credentials];
    await run('skopeo', ['copy', '-q', ...insecure, ...both, `${from}/team/origin:v1`, `${from}/team/app:v1`]);
    const document = await cloud.transfer(['team/app:v1']);
    expect(document.state).toBe('Succeeded');
    const inspect = ['inspect', '--tls-verify=false', '--creds', credentials, `${to}/team/app:v1`];
    const { stdout } = await run('skopeo', inspect);
    expect(JSON.parse(stdout).Digest).toBe(image.descriptor.digest);
    expect(JSON.parse(stdout).Layers).toHaveLength(2);
  });
});
