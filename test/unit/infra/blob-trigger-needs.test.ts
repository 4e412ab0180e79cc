import { readFileSync } from 'node:fs';
import { formatSubscriptionParameters } from '../../../scripts/subscription-parameters.ts';
import { planBlobTriggers } from '../../../src/config/blob-triggers.ts';
import { listBlobTriggerNeeds } from '../../../src/domain/route/blob-triggers.ts';
import { type Route, routeSchema } from '../../../src/domain/route/route.ts';

const [SAMPLE] = JSON.parse(readFileSync('routes.sample.json', 'utf8'));
const route = (name: string, container: string): Route =>
  routeSchema.parse({ ...SAMPLE, name, target: { ...SAMPLE.target, container } });
const FIRST = route('a-first', 'https://contosotgt.blob.core.windows.net/transfer');
const SECOND = route('b-second', 'https://contosotgt.blob.core.windows.net/transfer');
const OTHER = route('c-other', 'https://othertgt.blob.core.windows.net/landing');

describe('listBlobTriggerNeeds', () => {
  it('asks for one function and subscription for each container, with the routes that land there', () => {
    const needs = listBlobTriggerNeeds([OTHER, SECOND, FIRST]);
    expect(needs.map(({ container, routes }) => [container, routes])).toEqual([
      ['transfer', ['b-second', 'a-first']],
      ['landing', ['c-other']],
    ]);
    expect(needs[0]).toMatchObject({
      subjectBeginsWith: '/blobServices/default/containers/transfer/blobs/',
      webhookPath: `/runtime/webhooks/blobs?functionName=Host.Functions.${needs[0]?.functionName}`,
    });
  });

  it('asks for settings with which the app registers exactly these functions', () => {
    const routes = [FIRST, SECOND, OTHER];
    const needs = listBlobTriggerNeeds(routes);
    const settings = Object.assign({}, ...needs.map((need) => need.settings));
    const { triggers, faults } = planBlobTriggers(routes, settings);
    expect(faults).toEqual([]);
    expect(triggers.map(({ functionName }) => functionName)).toEqual(needs.map(({ functionName }) => functionName));
    expect(settings.SIDE_A_FIRST_TARGET__queueServiceUri).toBe('https://contosotgt.queue.core.windows.net');
  });
});

describe('formatSubscriptionParameters', () => {
  const ids = (account: string) => ({ appId: '/app', accountId: `/subscriptions/s/storageAccounts/${account}` });

  it('has the containers of the account, and no others', () => {
    const needs = listBlobTriggerNeeds([FIRST, OTHER]);
    const { functionName } = needs[1] ?? {};
    expect(formatSubscriptionParameters(needs, ids('othertgt'))).toMatchObject({
      parameters: {
        storageAccountName: { value: 'othertgt' },
        blobTriggers: { value: [{ functionName, container: 'landing' }] },
      },
    });
  });

  it('refuses an account that no route lands in, and names those that are', () => {
    const needs = listBlobTriggerNeeds([FIRST, OTHER]);
    expect(() => formatSubscriptionParameters(needs, ids('thirdtgt'))).toThrow(
      /thirdtgt; allowed: contosotgt, othertgt/,
    );
  });
});
