import { leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { AlongsideRefusedError } from './errors.ts';
import { eventStoreContract } from './event-store.contract.ts';
import { createMemoryEventStore, type MemoryTx } from './memory-event-store.ts';
import { walletEvents } from './wallet.fixture.ts';

describe('event store in memory', () => {
  eventStoreContract<MemoryTx>(() => {
    const written = new Set<string>();
    return {
      createStore: (options) =>
        createMemoryEventStore({ types: walletEvents, source: 'wallet', newId: v7, ...options }),
      write: (tx, name) => {
        const index = tx.length;
        tx.push(() => {
          if (written.has(name)) throw new AlongsideRefusedError(name, index, 'taken');
          written.add(name);
        });
      },
      wrote: async (name) => written.has(name),
    };
  });
});

leakCheck();
