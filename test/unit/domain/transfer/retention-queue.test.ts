import { orderDue } from '../../../../src/domain/transfer/retention-queue.ts';

const entries = (...names: string[]) => names.map((entry) => ({ entry }));

describe('orderDue', () => {
  it('begins with the oldest, whose entry comes last in the list', () => {
    expect(orderDue(entries('1', '2', '3'), null)).toEqual(entries('3', '2', '1'));
  });

  it('goes on after where it stopped, and then from the oldest again', () => {
    expect(orderDue(entries('1', '2', '3', '4'), '3')).toEqual(entries('2', '1', '4', '3'));
    expect(orderDue(entries('1', '4'), '3')).toEqual(entries('1', '4'));
  });

  it('begins anew when nothing is behind where it stopped', () => {
    expect(orderDue(entries('2', '3'), '1')).toEqual(entries('3', '2'));
  });
});
