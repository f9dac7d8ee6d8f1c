import { captureLogs, leakCheck } from '@atlas/testing';
import type { ChargeDesk } from './charge-desk.ts';
import { createChargeSweep } from './charge-sweep.ts';
import type { OpenCharges } from './open-charges.ts';

const carryOut = jest.fn<ReturnType<ChargeDesk['carryOut']>, Parameters<ChargeDesk['carryOut']>>();

it('what a notice sets off belongs to the request of the charge, and not to the call that told of it', async () => {
  carryOut.mockResolvedValue('settled');
  const sweep = createChargeSweep({
    ...{ desk: { carryOut }, openCharges: {} as OpenCharges, provider: { check: async () => {} }, everyMs: 1_000 },
    ...{ report: { update: async () => {} }, clock: () => new Date(), random: () => 0, logger: captureLogs().logger },
  });
  const charge = { accountId: 'tenant-1', chargeId: 'ch_1' };
  const origin = { correlationId: 'checkout', causationId: 'evt_1' };
  sweep.soon(charge, origin);
  await sweep.stop();
  expect(carryOut.mock.calls).toEqual([[charge, { signal: expect.any(AbortSignal), origin }]]);
});

leakCheck();
