import fc from 'fast-check';
import type { Logger } from '@atlas/platform';
import { createCommandHandler } from './command-handler.ts';
import { fold } from './decider.ts';
import type { EventStore, Recorded } from './event-store.ts';
import { loadState } from './load-state.ts';
import { NotEnoughError, wallet, type WalletCommand, type WalletEvent, walletSchema } from './wallet.fixture.ts';

/** One step of somebody who uses a wallet: a command, which may have come before, by one of several processes. */
export interface Step {
  readonly command: WalletCommand;
  readonly commandId: string | undefined;
  readonly foldVersion: number;
  readonly every: number;
}

export const steps = fc.array(
  fc.record({
    command: fc.record({ type: fc.constantFrom('add', 'spend'), cents: fc.integer({ min: 0, max: 20 }) }),
    commandId: fc.option(fc.stringMatching(/^[a-f]$/), { nil: undefined }),
    foldVersion: fc.integer({ min: 1, max: 2 }),
    every: fc.integer({ min: 1, max: 4 }),
  }) satisfies fc.Arbitrary<Step>,
  { maxLength: 40 },
);

/**
 * Runs a random history against a store, with snapshots of two folds that are deployed in turn, beside a model that does
 * the same by hand; then reads the history back in pages and replays it. The history is complete when this is the state.
 */
export async function historyHolds(
  store: EventStore<WalletEvent, never>,
  streamId: string,
  history: readonly Step[],
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  let model = wallet.initialState();
  const accepted = new Map<string, readonly string[]>();
  for (const { command, commandId, foldVersion, every } of history) {
    const snapshots = { foldVersion, every, state: walletSchema };
    const handle = createCommandHandler({ store, decider: wallet, snapshots, logger });
    const seen = commandId === undefined ? undefined : accepted.get(commandId);
    try {
      const { state, events, replayed } = await handle(streamId, command, { commandId });
      const ids = events.map(({ id }) => id);
      expect(replayed).toBe(seen !== undefined);
      if (seen) expect(ids).toEqual(seen);
      else model = fold(wallet, wallet.decide(command, model), model);
      if (commandId !== undefined && ids.length > 0) accepted.set(commandId, ids);
      expect(state).toEqual(model);
    } catch (error) {
      if (!(error instanceof NotEnoughError)) throw error;
      expect(() => wallet.decide(command, model)).toThrow(NotEnoughError);
    }
    expect((await loadState(store, wallet, streamId, snapshots)).state).toEqual(model);
  }
  const events = await readAll(store, streamId);
  expect(fold(wallet, events)).toEqual(model);
  expect(events.map(({ version }) => version)).toEqual(Array.from({ length: model.moves }, (_, i) => i + 1));
}

async function readAll(store: EventStore<WalletEvent, never>, streamId: string): Promise<Recorded<WalletEvent>[]> {
  const events: Recorded<WalletEvent>[] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof store.read>> = await store.read(streamId, { after, limit: 7 });
    events.push(...page.events);
    after = page.next;
  }
  return events;
}
