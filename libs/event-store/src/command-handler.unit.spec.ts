import { captureLogs, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { z } from 'zod';
import { createCommandHandler } from './command-handler.ts';
import { fold } from './decider.ts';
import { ContendedStreamError, VersionConflictError } from './errors.ts';
import type { EventStore } from './event-store.ts';
import { createMemoryEventStore, type MemoryTx } from './memory-event-store.ts';
import { added, NotEnoughError, wallet, walletEvents, type WalletEvent, walletSchema } from './wallet.fixture.ts';

type Store = EventStore<WalletEvent, MemoryTx>;

function createStore(): Store {
  return createMemoryEventStore({ types: walletEvents, source: 'wallet', newId: v7, clock: () => new Date() });
}

const { logger, lines } = captureLogs();
const snapshots = { foldVersion: 1, state: walletSchema, every: 5 };
const base = { decider: wallet, logger, random: () => 0 };

/** Somebody else appends between load and append, `times` times. */
function interrupted(store: Store, times: number): Store {
  let left = times;
  return {
    ...store,
    async append(streamId, version, events, options) {
      if (left-- > 0) await store.append(streamId, version, [added(1)]);
      return store.append(streamId, version, events, options);
    },
  };
}

describe('command handler', () => {
  it('decides on the state of the stream and appends', async () => {
    const store = createStore();
    const handle = createCommandHandler({ ...base, store });
    await handle('w', { type: 'add', cents: 500 });
    const handled = await handle('w', { type: 'spend', cents: 200 }, { actor: 'ada' });
    expect(handled).toMatchObject({ state: { cents: 300, moves: 2 }, version: 2, replayed: false });
    expect(handled.events).toMatchObject([{ type: 'money.spent', version: 2, actor: 'ada' }]);
    expect(fold(wallet, (await store.load('w')).events)).toEqual(handled.state);
  });

  it('rejects with what decide throws, and appends nothing', async () => {
    const store = createStore();
    await expect(createCommandHandler({ ...base, store })('w', { type: 'spend', cents: 1 })).rejects.toBeInstanceOf(
      NotEnoughError,
    );
    expect((await store.load('w')).version).toBe(0);
  });

  it('decides again on what others have appended meanwhile', async () => {
    const store = createStore();
    await store.append('w', 0, [added(10)]);
    const handle = createCommandHandler({ ...base, store: interrupted(store, 3) });
    const handled = await handle('w', { type: 'spend', cents: 4 });
    expect(handled).toMatchObject({ state: { cents: 9, moves: 5 }, version: 5 });
  });

  it('gives up when others always come first', async () => {
    const store = createStore();
    const handle = createCommandHandler({ ...base, store: interrupted(store, 100), maxAttempts: 4 });
    const given = handle('w', { type: 'add', cents: 5 });
    await expect(given).rejects.toBeInstanceOf(ContendedStreamError);
    await expect(given).rejects.toMatchObject({ cause: expect.any(VersionConflictError) });
    expect((await store.load('w')).version).toBe(4);
  });

  it('spreads out, longer each time: no pause is above 250 ms', async () => {
    const random = jest.fn(() => 0);
    const handle = createCommandHandler({ ...base, random, store: interrupted(createStore(), 5) });
    await handle('w', { type: 'add', cents: 5 });
    expect(random).toHaveBeenCalledTimes(5);
  });
});

describe('a command with an id', () => {
  it('has its effect once, and the same answer from then on', async () => {
    const store = createStore();
    const handle = createCommandHandler({ ...base, store });
    const first = await handle('w', { type: 'add', cents: 5 }, { commandId: 'c1' });
    await handle('w', { type: 'add', cents: 1 }, { commandId: 'c2' });
    const again = await handle('w', { type: 'add', cents: 5 }, { commandId: 'c1' });
    expect(again).toEqual({ state: { cents: 6, moves: 2 }, version: 2, events: first.events, replayed: true });
  });

  it('is answered even when after its own effect it would be refused, or there would be nothing to do', async () => {
    const store = createStore();
    const once = { ...wallet, decide: (_: unknown, { moves }: { moves: number }) => (moves === 0 ? [added(9)] : []) };
    const handle = createCommandHandler({ ...base, store });
    await handle('w', { type: 'add', cents: 5 });
    const spent = await handle('w', { type: 'spend', cents: 5 }, { commandId: 'all' });
    expect(await handle('w', { type: 'spend', cents: 5 }, { commandId: 'all' })).toEqual({ ...spent, replayed: true });
    const handleOnce = createCommandHandler({ ...base, decider: once, store });
    const { events } = await handleOnce('x', {}, { commandId: 'once' });
    expect(await handleOnce('x', {}, { commandId: 'once' })).toMatchObject({ events, replayed: true });
    expect(await handleOnce('x', {}, { commandId: 'other' })).toMatchObject({ events: [], replayed: false });
  });

  it('may come twenty times at once', async () => {
    const store = createStore();
    const handle = createCommandHandler({ ...base, store });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => handle('w', { type: 'add', cents: 5 }, { commandId: 'c1' })),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ events }) => events[0]!.id)).size).toBe(1);
    expect((await store.load('w')).version).toBe(1);
  });
});

describe('snapshots', () => {
  it('are kept every so many events, and spare the loading of what is before', async () => {
    const store = createStore();
    const handle = createCommandHandler({ ...base, store, snapshots });
    for (let i = 0; i < 12; i += 1) await handle('w', { type: 'add', cents: 1 });
    const loaded = await store.load('w', { foldVersion: 1 });
    expect([loaded.snapshot?.version, loaded.events.length]).toEqual([10, 2]);
    expect((await handle('w', { type: 'spend', cents: 12 })).state).toEqual({ cents: 0, moves: 13 });
  });

  it('of a changed fold are ignored, and replaced by those of the new one', async () => {
    const store = createStore();
    const old = createCommandHandler({ ...base, store, snapshots });
    for (let i = 0; i < 5; i += 1) await old('w', { type: 'add', cents: 1 });
    const doubled: typeof wallet = { ...wallet, evolve: (s, e) => wallet.evolve(wallet.evolve(s, e), e) };
    const handle = createCommandHandler({
      ...base,
      store,
      decider: doubled,
      snapshots: { ...snapshots, foldVersion: 2 },
    });
    expect((await handle('w', { type: 'add', cents: 1 })).state).toEqual({ cents: 12, moves: 12 });
    expect((await store.load('w', { foldVersion: 2 })).snapshot?.version).toBe(6);
  });

  it('that their schema does not accept are as good as none', async () => {
    const store = createStore();
    await store.append('w', 0, [added(7)]);
    for (const [version, state] of [
      [1, '{"cents":-1}'],
      [2, '{'],
    ] as const) {
      await store.append('w', version, [added(1)]);
      await store.saveSnapshot('w', { version, foldVersion: 1, state });
      const handle = createCommandHandler({ ...base, store, snapshots: { ...snapshots, every: 1_000 } });
      expect((await handle('w', { type: 'add', cents: 0 })).state).toEqual({ cents: 7 + version, moves: 1 + version });
    }
  });

  it('that cannot be kept do not fail the command', async () => {
    const failing: Store = { ...createStore(), saveSnapshot: () => Promise.reject(new Error('no room')) };
    const handle = createCommandHandler({ ...base, store: failing, snapshots: { ...snapshots, every: 1 } });
    expect((await handle('w', { type: 'add', cents: 1 })).version).toBe(1);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'a snapshot could not be kept' }));
  });

  it('keep a state that is not JSON by a codec of its schema', async () => {
    const state = z.codec(z.array(z.int()), z.set(z.int()), {
      decode: (list) => new Set(list),
      encode: (set) => [...set],
    });
    const decider = {
      initialState: () => new Set<number>(),
      decide: (cents: number) => [added(cents)],
      evolve: (seen: Set<number>, event: WalletEvent) => new Set([...seen, event.payload.cents]),
    };
    const store = createStore();
    const handle = createCommandHandler({ ...base, store, decider, snapshots: { foldVersion: 1, state, every: 1 } });
    await handle('w', 1);
    expect((await handle('w', 2)).state).toEqual(new Set([1, 2]));
    expect((await store.load('w', { foldVersion: 1 })).snapshot?.state).toBe('[1,2]');
  });
});

leakCheck();
