import { type Route, routeSchema } from '../../../../src/domain/route/route.ts';
import { slotBudgets } from '../../../../src/domain/route/slot-budget.ts';
import { changed, registryId, SAMPLE_ROUTE } from '../sample-route.ts';

function route(name: string, changes: Record<string, unknown> = {}): Route {
  const plain: object = { ...SAMPLE_ROUTE, name };
  return routeSchema.parse(Object.entries(changes).reduce((made, [path, value]) => changed(made, path, value), plain));
}

describe('slotBudgets', () => {
  it('gives each served side the budget of its registry, under a key that is no name', () => {
    const one = route('one', { maxRunsPerRegistry: 7 });
    const { export: source, import: target } = slotBudgets([one], one);
    expect([source?.limit, target?.limit]).toEqual([7, 7]);
    expect(source?.registry).toMatch(/^[0-9a-f]{32}$/);
    expect(source?.registry).not.toBe(target?.registry);
  });

  it('takes the smallest of the routes that share a registry, on whichever side and however it is spelled', () => {
    const one = route('one', { maxRunsPerRegistry: 7 });
    const sharesSource = route('two', {
      maxRunsPerRegistry: 3,
      'source.registry': registryId('CONTOSO'),
      'target.registry': registryId('elsewhere'),
    });
    const importsThere = route('three', {
      maxRunsPerRegistry: 2,
      'source.registry': registryId('faraway'),
      'target.registry': registryId('contoso'),
    });
    const all = [one, sharesSource, importsThere];
    expect(slotBudgets(all, one).export?.limit).toBe(2);
    expect(slotBudgets(all, one).import?.limit).toBe(7);
    expect(slotBudgets(all, importsThere).import).toEqual(slotBudgets(all, one).export);
    expect(slotBudgets([one, sharesSource], sharesSource)).toMatchObject({
      export: { limit: 3 },
      import: { limit: 3 },
    });
  });

  it('has none for a side that the app does not serve, and does not count the routes that do not serve it', () => {
    const source = route('source', { serves: 'source', maxRunsPerRegistry: 1 });
    const both = route('both', { maxRunsPerRegistry: 5 });
    expect(Object.keys(slotBudgets([source], source))).toEqual(['export']);
    expect(slotBudgets([source, both], both).import?.limit).toBe(5);
  });
});
