import { leakCheck } from '@atlas/testing';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { commands } from '../../test/random-history.ts';
import { aCharge } from '../../test/charges.ts';
import { accountSnapshots } from './account-snapshot.ts';
import { type Account, accountDecider } from './account.domain.ts';
import { RejectedError } from './rejected.domain.ts';

const { initialState, decide, evolve } = accountDecider;
const { state: codec } = accountSnapshots;

it('a state comes back as it was kept', () => {
  fc.assert(
    fc.property(commands, (history) => {
      let state: Account = initialState();
      for (const command of history) {
        try {
          state = decide(command, state).reduce(evolve, state);
        } catch (error) {
          if (!(error instanceof RejectedError)) throw error;
        }
      }
      expect(codec.decode(JSON.parse(JSON.stringify(codec.encode(state))) as never)).toEqual(state);
    }),
    { numRuns: 100 },
  );
});

it('5,000 charges fit into an item of DynamoDB', () => {
  const hash = (index: number) => createHash('sha256').update(String(index)).digest('hex').slice(0, 24);
  const charges = Array.from({ length: 5_000 }, (_, index) => {
    const requestedAt = new Date(1_790_000_000_000 + index * 86_400_123).toISOString();
    const charge = { ...aCharge, chargeId: `ch_${hash(index)}`, accountId: hash(-1), userId: hash(-2), requestedAt };
    return {
      ...charge,
      status: 'confirmed' as const,
      reference: `pi_${hash(index + 9_000)}`,
      chargedAt: requestedAt,
      subscriptionId: `sub_${hash(-3)}`,
    };
  });
  const state: Account = { charges: Object.fromEntries(charges.map((charge) => [charge.chargeId, charge])) };
  expect(String(codec.encode(state)).length).toBeLessThan(390 * 1024);
});

leakCheck();
