import fc from 'fast-check';
import { captureLogs, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { historyHolds, steps } from './history.fixture.ts';
import { createMemoryEventStore } from './memory-event-store.ts';
import { walletEvents } from './wallet.fixture.ts';

describe('the history of a stream', () => {
  it('is complete: replaying it gives exactly the current state, whatever happened', async () => {
    const { logger } = captureLogs();
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const clock = () => new Date();
        const store = createMemoryEventStore({ types: walletEvents, source: 'wallet', newId: v7, clock });
        await historyHolds(store, 'w', history, logger);
      }),
      { numRuns: 500 },
    );
  });
});

leakCheck();
