import { planBlobTriggers } from '../../../src/config/blob-triggers.ts';
import { formatBlobTriggerName } from '../../../src/domain/names.ts';
import { type Route, routeSchema } from '../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../domain/sample-route.ts';

function route(name: string, container = SAMPLE_ROUTE.target.container): Route {
  return routeSchema.parse({ ...SAMPLE_ROUTE, name, target: { ...SAMPLE_ROUTE.target, container } });
}

const OTHER = 'https://othercn.blob.core.chinacloudapi.cn/transfer';

describe('planBlobTriggers', () => {
  it('has one trigger for each container, connected by the setting of the first route by name', () => {
    const variables = { SIDE_A_ONE_TARGET__blobServiceUri: 'x', SIDE_B_TWO_TARGET__blobServiceUri: 'y' };
    const { triggers, faults } = planBlobTriggers([route('c-3'), route('b-two', OTHER), route('a-one')], variables);
    expect(faults).toEqual([]);
    expect(triggers).toMatchObject([
      {
        functionName: formatBlobTriggerName('contosocn', 'transfer'),
        connection: 'SIDE_A_ONE_TARGET',
        account: 'contosocn',
        container: 'transfer',
        route: { name: 'a-one' },
      },
      { functionName: formatBlobTriggerName('othercn', 'transfer'), connection: 'SIDE_B_TWO_TARGET' },
    ]);
  });

  it('does not depend on the order of the routes', () => {
    const routes = [route('b', OTHER), route('a'), route('c')];
    const variables = { SIDE_A_TARGET__blobServiceUri: 'x', SIDE_B_TARGET__blobServiceUri: 'y' };
    expect(planBlobTriggers([...routes].reverse(), variables)).toEqual(planBlobTriggers(routes, variables));
  });

  it('leaves out a trigger that has no connection, and names the setting and what belongs there', () => {
    const { triggers, faults } = planBlobTriggers([route('a'), route('b', OTHER)], {
      SIDE_B_TARGET__blobServiceUri: 'y',
    });
    expect(triggers.map(({ connection }) => connection)).toEqual(['SIDE_B_TARGET']);
    expect(faults).toEqual([
      {
        file: 'app settings',
        path: 'SIDE_A_TARGET__blobServiceUri',
        found: 'nothing',
        allowed: 'https://contosocn.blob.core.chinacloudapi.cn',
      },
    ]);
  });

  it('has no trigger without routes', () => {
    expect(planBlobTriggers([], {})).toEqual({ triggers: [], faults: [] });
  });
});
