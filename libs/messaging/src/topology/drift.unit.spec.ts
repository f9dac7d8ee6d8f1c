import fc from 'fast-check';
import { driftedAttributes } from './drift.ts';

describe('driftedAttributes', () => {
  it('names only what differs, and leaves alone what nobody asked for', () => {
    const wanted = { VisibilityTimeout: '30', MessageRetentionPeriod: '86400' };
    const found = { VisibilityTimeout: '5', MessageRetentionPeriod: '86400', DelaySeconds: '3' };
    expect(driftedAttributes(wanted, found)).toEqual({ VisibilityTimeout: '30' });
  });

  it('counts a missing attribute as drift', () => {
    expect(driftedAttributes({ RawMessageDelivery: 'true' }, {})).toEqual({ RawMessageDelivery: 'true' });
  });

  it('compares policies by meaning: AWS reorders keys and gives numbers back as strings', () => {
    const wanted = { RedrivePolicy: '{"deadLetterTargetArn":"arn:x","maxReceiveCount":10}' };
    expect(
      driftedAttributes(wanted, { RedrivePolicy: '{"maxReceiveCount":"10","deadLetterTargetArn":"arn:x"}' }),
    ).toEqual({});
    expect(driftedAttributes(wanted, { RedrivePolicy: '{"maxReceiveCount":3,"deadLetterTargetArn":"arn:x"}' })).toEqual(
      wanted,
    );
  });

  it('treats a policy that is not JSON any more as drift', () => {
    const wanted = { FilterPolicy: '{"EventKey":["order.completed.v1"]}' };
    expect(driftedAttributes(wanted, { FilterPolicy: '{broken' })).toEqual(wanted);
  });

  it('sees any change of a list in a filter policy, and no order of it', () => {
    const keys = fc.uniqueArray(fc.string(), { minLength: 1 });
    const policy = (list: string[]) => JSON.stringify({ EventKey: list });
    fc.assert(
      fc.property(keys, fc.string(), (list, extra) => {
        const wanted = { FilterPolicy: policy(list) };
        expect(driftedAttributes(wanted, { FilterPolicy: policy([...list].reverse()) })).toEqual({});
        if (!list.includes(extra))
          expect(driftedAttributes(wanted, { FilterPolicy: policy([...list, extra]) })).toEqual(wanted);
      }),
    );
  });
});
