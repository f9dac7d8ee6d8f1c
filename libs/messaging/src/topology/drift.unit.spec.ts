import fc from 'fast-check';
import { describeAttributeChange, driftOf } from './drift.ts';

describe('driftOf', () => {
  it('names only what differs, and leaves alone what nobody asked for', () => {
    const wanted = { VisibilityTimeout: '30', MessageRetentionPeriod: '86400' };
    const found = { VisibilityTimeout: '5', MessageRetentionPeriod: '86400', DelaySeconds: '3' };
    expect(driftOf(wanted, found)).toEqual([{ name: 'VisibilityTimeout', from: '5', to: '30' }]);
  });

  it('counts a missing attribute as drift', () => {
    expect(driftOf({ RawMessageDelivery: 'true' }, {})).toEqual([{ name: 'RawMessageDelivery', to: 'true' }]);
  });

  it('compares policies by meaning: AWS reorders keys and gives numbers back as strings', () => {
    const wanted = { RedrivePolicy: '{"deadLetterTargetArn":"arn:x","maxReceiveCount":10}' };
    const found = (maxReceiveCount: unknown) => ({
      RedrivePolicy: JSON.stringify({ maxReceiveCount, deadLetterTargetArn: 'arn:x' }),
    });
    expect(driftOf(wanted, found('10'))).toEqual([]);
    expect(driftOf(wanted, found(3)).map(describeAttributeChange)).toEqual(['RedrivePolicy.maxReceiveCount 3 -> 10']);
  });

  it('treats a policy that is not JSON any more as drift', () => {
    const wanted = { FilterPolicy: '{"EventKey":["order.completed.v1"]}' };
    expect(driftOf(wanted, { FilterPolicy: '{broken' }).map(describeAttributeChange)).toEqual([
      'FilterPolicy {broken -> {"EventKey":["order.completed.v1"]}',
    ]);
  });

  it('sees any change of a list in a filter policy, and no order of it', () => {
    const keys = fc.uniqueArray(fc.string(), { minLength: 1 });
    const policy = (list: string[]) => JSON.stringify({ EventKey: list });
    fc.assert(
      fc.property(keys, fc.string(), (list, extra) => {
        const wanted = { FilterPolicy: policy(list) };
        expect(driftOf(wanted, { FilterPolicy: policy([...list].reverse()) })).toEqual([]);
        if (list.includes(extra)) return;
        const drift = driftOf(wanted, { FilterPolicy: policy([...list, extra]) });
        expect(drift.map(describeAttributeChange)).toEqual([`FilterPolicy.EventKey -${extra}`]);
      }),
    );
  });
});
