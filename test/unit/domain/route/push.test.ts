import {
  collectTimeOf,
  entryOfPush,
  isOpenPushWindow,
  isSurelyCollected,
  listPushNeeds,
  openPushWindow,
  PUSH_EVENTS,
  type PushEvent,
  pushEventSchema,
} from '../../../../src/domain/route/push.ts';
import type { Route } from '../../../../src/domain/route/route.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';
import { registryId, SAMPLE_ROUTE } from '../sample-route.ts';

function route(artifacts: string[], more: object = {}): Route {
  return routeSchema.parse({ ...SAMPLE_ROUTE, onPush: { artifacts }, ...more });
}

const registry = registryId('contoso');

function event(repository: string, tag?: string, topic = registry): PushEvent {
  return { topic, eventType: PUSH_EVENTS[0], data: { target: { repository, ...(tag === undefined ? {} : { tag }) } } };
}

describe('entryOfPush', () => {
  it.each([
    [['team/**:v*'], 'team/a/b', 'v1', 'team/a/b:v1'],
    [['team/**:v*'], 'team/a/b', 'latest', undefined],
    [['team/**:v*'], 'other', 'v1', undefined],
    [['team/app:latest'], 'team/app', 'latest', 'team/app:latest'],
    [['**:*', '!team/secret:*'], 'team/secret', 'v1', undefined],
    [['**:*', '!**:*-rc*'], 'team/app', '1.0-rc1', undefined],
    [['app:>=1.2 <2'], 'app', 'v1.9.0', 'app:v1.9.0'],
    [['app:>=1.2 <2'], 'app', '2.0.0', undefined],
    [['app:* +referrers'], 'app', 'v1', 'app:v1 +referrers'],
    [['app:*', 'app:v* +referrers'], 'app', 'v1', 'app:v1 +referrers'],
    [['app:*', 'app:v* +referrers'], 'app', 'x1', 'app:x1'],
  ])('by %j makes of %s:%s %s', (artifacts, repository, tag, entry) => {
    expect(entryOfPush(route(artifacts), event(repository, tag))).toBe(entry);
  });

  it('leaves out pushes to another registry, by digest alone, and of routes without onPush', () => {
    expect(entryOfPush(route(['**:*']), event('app', 'v1', registry.toUpperCase()))).toBe('app:v1');
    expect(entryOfPush(route(['**:*']), event('app', 'v1', `${registry}2`))).toBeUndefined();
    expect(entryOfPush(route(['**:*']), event('app'))).toBeUndefined();
    expect(entryOfPush(routeSchema.parse(SAMPLE_ROUTE), event('app', 'v1'))).toBeUndefined();
  });
});

describe('pushEventSchema', () => {
  // https://learn.microsoft.com/azure/event-grid/event-schema-container-registry
  it('takes the events of the service', () => {
    const pushed = {
      id: '831e1650-001e-001b-66ab-eeb76e069631',
      topic: registry,
      subject: 'aci-helloworld:v1',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime: '2018-04-25T21:39:47.6549614Z',
      data: {
        id: '31c51664-e5bd-416a-a5df-e5206bc47ed0',
        timestamp: '2018-04-25T21:39:47.276585742Z',
        action: 'push',
        location: 'westus',
        target: {
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          size: 3023,
          digest: 'sha256:213bbc182920ab41e18edc2001e06abcca6735d87782d9cef68abd83941cf0e5',
          length: 3023,
          repository: 'aci-helloworld',
          tag: 'v1',
        },
        request: {
          id: '7c66f28b-de19-40a4-821c-6f5f6c0003a4',
          host: 'demo.azurecr.io',
          method: 'PUT',
          useragent: 'docker',
        },
      },
      dataVersion: '1.0',
      metadataVersion: '1',
    };
    expect(entryOfPush(route(['**:*']), pushEventSchema.parse(pushed))).toBe('aci-helloworld:v1');
    expect(
      pushEventSchema.safeParse({ ...pushed, eventType: 'Microsoft.ContainerRegistry.ImageDeleted' }).success,
    ).toBe(false);
  });
});

describe('a window of pushes', () => {
  const now = new Date('2026-11-24T10:00:00.000Z');
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const window = openPushWindow('a', now, 120_000);

  it('is open from the first push for as long as the route says, and collected after that', () => {
    expect(window.id).toMatch(/^20261124-100000-[a-z2-7]{10}$/);
    expect([0, 119, 120].map((seconds) => isOpenPushWindow(window, at(seconds)))).toEqual([true, true, false]);
    expect(collectTimeOf(window)).toEqual(at(130));
  });

  it('has another id for another route and another time', () => {
    const ids = [openPushWindow('b', now, 120_000), openPushWindow('a', at(0.001), 120_000)].map(({ id }) => id);
    expect(new Set([window.id, ...ids]).size).toBe(3);
  });

  it('is sure to hold what was put into it well before it is collected only', () => {
    expect([0, 124, 125, 130].map((seconds) => isSurelyCollected(window, at(seconds)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('listPushNeeds', () => {
  it('has one entry for each registry, with the routes that want its pushes', () => {
    const routes = [
      route(['**:*'], { name: 'a' }),
      routeSchema.parse({ ...SAMPLE_ROUTE, name: 'b' }),
      route(['**:*'], { name: 'c', source: { ...SAMPLE_ROUTE.source, registry: registryId('CONTOSO') } }),
      route(['**:*'], { name: 'd', source: { ...SAMPLE_ROUTE.source, registry: registryId('other1') } }),
    ];
    const needs = listPushNeeds(routes);
    expect(needs.map(({ routes: names }) => names)).toEqual([['a', 'c'], ['d']]);
    expect(needs[0]).toMatchObject({
      registry,
      eventTypes: PUSH_EVENTS,
      webhookPath: '/runtime/webhooks/eventgrid?functionName=gatherPush',
    });
  });
});
