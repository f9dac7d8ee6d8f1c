import { runWithContext } from '@atlas/platform';
import { DuplicateCommandError, InvalidEventError, VersionConflictError } from './errors.ts';
import type { EventStore, Participant, Recorded } from './event-store.ts';
import { added, spent, type WalletEvent } from './wallet.fixture.ts';

/** What the contract needs from an adapter's test. */
export interface EventStoreSubject<Tx> {
  /** A store of `walletEvents` with source `wallet`. */
  createStore(options: { clock: () => Date; participant?: Participant<WalletEvent, Tx> }): EventStore<WalletEvent, Tx>;
  /** Adds a write to `tx` that has to come to pass with it; two of one name refuse each other. */
  write(tx: Tx, name: string): void;
  /** Whether that write has come to pass. */
  wrote(name: string): Promise<boolean>;
}

/**
 * The promises of the EventStore port as tests: each adapter calls this inside a `describe` of its spec. `subject` is
 * called in each test, after the hooks of the spec have opened what it needs.
 */
export function eventStoreContract<Tx>(subject: () => EventStoreSubject<Tx>): void {
  const now = new Date('2026-11-22T08:37:00.123Z');
  const given = () => {
    const { createStore, write, wrote } = subject();
    const stream = crypto.randomUUID();
    return { stream, createStore, write, wrote, store: createStore({ clock: () => now }) };
  };

  describe('append and load', () => {
    it('gives versions from 1 on, in order, and loads what was appended', async () => {
      const { store, stream } = given();
      const first = await store.append(stream, 0, [added(500, 'ü ✓ \ud800')]);
      const more = await store.append(stream, 1, [spent(100), spent(200)]);
      expect([...first, ...more].map(({ version }) => version)).toEqual([1, 2, 3]);
      const loaded = await store.load(stream);
      expect(loaded).toEqual({ events: [...first, ...more], version: 3 });
      expect(loaded.events.map(({ type, payload }) => ({ type, payload }))).toEqual([
        added(500, 'ü ✓ \ud800'),
        spent(100),
        spent(200),
      ]);
    });

    it('notes when, by whom and because of what', async () => {
      const { store, stream } = given();
      const context = { correlationId: 'chain', causationId: 'message', traceparent: '', userId: 'ada' };
      const [fromContext] = await runWithContext(context, () => store.append(stream, 0, [added(1)]));
      expect(fromContext).toMatchObject({
        streamId: stream,
        timestamp: now.toISOString(),
        actor: 'ada',
        correlationId: 'chain',
        causationId: 'message',
      });
      const options = { actor: 'bob', correlationId: 'c1', causationId: 'c2', commandId: 'c3' };
      const [told] = await runWithContext(context, () => store.append(stream, 1, [added(1)], options));
      expect(told).toMatchObject(options);
      const [alone] = await store.append(stream, 2, [added(1)]);
      expect(alone).toMatchObject({ actor: 'wallet', correlationId: alone!.id, causationId: alone!.id });
      expect((await store.load(stream)).events).toEqual([fromContext, told, alone]);
      expect(new Set([fromContext!.id, told!.id, alone!.id]).size).toBe(3);
    });

    it('knows nothing of a stream that does not exist, and keeps streams apart', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1)]);
      for (const other of [`${stream}x`, stream.slice(0, -1), 'nothing']) {
        expect(await store.load(other)).toEqual({ events: [], version: 0 });
        expect(await store.read(other)).toEqual({ events: [] });
      }
    });

    it('refuses a version that is taken, and writes nothing', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1), added(2)]);
      for (const stale of [0, 1]) {
        const conflict = store.append(stream, stale, [added(7), added(8), added(9)]);
        await expect(conflict).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
          streamId: stream,
          expectedVersion: stale,
        });
        await expect(conflict).rejects.toBeInstanceOf(VersionConflictError);
      }
      expect((await store.load(stream)).version).toBe(2);
    });

    it('refuses a version that the stream has not reached: no gap can come to be', async () => {
      const { store, stream } = given();
      await expect(store.append(stream, 3, [added(1)])).rejects.toBeInstanceOf(VersionConflictError);
      await store.append(stream, 0, [added(1)]);
      await expect(store.append(stream, 2, [added(1)])).rejects.toBeInstanceOf(VersionConflictError);
      expect((await store.load(stream)).version).toBe(1);
    });

    it('lets exactly one of twenty appends at the same version through', async () => {
      const { store, stream } = given();
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => store.append(stream, 0, [added(i + 1)])),
      );
      const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refused).toHaveLength(19);
      for (const error of refused) expect(error).toBeInstanceOf(VersionConflictError);
      expect((await store.load(stream)).version).toBe(1);
    });

    it('stores no event that its schema does not accept, or of no known type', async () => {
      const { store, stream } = given();
      const unknown = { type: 'constructor', payload: {} } as unknown as WalletEvent;
      await expect(store.append(stream, 0, [added(5), added(-1)])).rejects.toBeInstanceOf(InvalidEventError);
      await expect(store.append(stream, 0, [unknown])).rejects.toBeInstanceOf(InvalidEventError);
      await expect(store.append(stream, 0, [])).rejects.toBeInstanceOf(RangeError);
      await expect(store.append(stream, -1, [added(1)])).rejects.toBeInstanceOf(RangeError);
      for (const id of ['', 'x'.repeat(251)]) {
        await expect(store.append(id, 0, [added(1)])).rejects.toBeInstanceOf(RangeError);
        await expect(store.append(stream, 0, [added(1)], { commandId: id })).rejects.toBeInstanceOf(RangeError);
      }
      expect((await store.load(stream)).version).toBe(0);
    });

    it('gives out copies: who changes what was loaded changes nothing', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1)]);
      const { events } = await store.load(stream);
      (events[0]!.payload as { cents: number }).cents = 1_000_000;
      expect((await store.load(stream)).events[0]!.payload).toEqual({ cents: 1 });
    });
  });

  describe('history', () => {
    it('is read in pages, in order', async () => {
      const { store, stream } = given();
      await store.append(
        stream,
        0,
        Array.from({ length: 5 }, (_, i) => added(i + 1)),
      );
      const { events } = await store.load(stream);
      expect(await store.read(stream, { limit: 2 })).toEqual({ events: events.slice(0, 2), next: 2 });
      expect(await store.read(stream, { after: 2, limit: 2 })).toEqual({ events: events.slice(2, 4), next: 4 });
      expect(await store.read(stream, { after: 4, limit: 2 })).toEqual({ events: events.slice(4) });
      expect(await store.read(stream, { limit: 5 })).toEqual({ events });
      expect(await store.read(stream, { after: 5 })).toEqual({ events: [] });
      for (const nonsense of [{ after: -1 }, { after: 0.5 }, { limit: 0 }, { limit: 1_001 }, { limit: NaN }]) {
        await expect(store.read(stream, nonsense)).rejects.toBeInstanceOf(RangeError);
      }
    });
  });

  describe('commands', () => {
    it('appends for a command once, at whatever version it comes again', async () => {
      const { store, stream } = given();
      const first = await store.append(stream, 0, [added(1), added(2)], { commandId: 'add' });
      await store.append(stream, 2, [added(3)], { commandId: 'another' });
      for (const version of [0, 2, 3]) {
        const again = store.append(stream, version, [added(1), added(2)], { commandId: 'add' });
        await expect(again).rejects.toBeInstanceOf(DuplicateCommandError);
      }
      expect(await store.eventsOfCommand(stream, 'add')).toEqual(first);
      expect(await store.eventsOfCommand(stream, 'never')).toBeUndefined();
      expect(await store.eventsOfCommand('elsewhere', 'add')).toBeUndefined();
      expect((await store.load(stream)).version).toBe(3);
    });

    it('takes the same command id for another stream', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1)], { commandId: 'add' });
      await store.append(`${stream}-2`, 0, [added(1)], { commandId: 'add' });
      await store.append('✓'.repeat(250 - 36) + stream, 0, [added(1)], { commandId: '✓'.repeat(250) });
    });
  });

  describe('what is written alongside', () => {
    it('comes to pass with the events, and knows them', async () => {
      const { createStore, stream, write, wrote } = given();
      const seen: (readonly Recorded<WalletEvent>[])[] = [];
      const committed: Tx[] = [];
      const participant: Participant<WalletEvent, Tx> = {
        join(tx, recorded) {
          seen.push(recorded);
          write(tx, `${stream}-public`);
        },
        committed: (tx) => void committed.push(tx),
      };
      const store = createStore({ clock: () => now, participant });
      const recorded = await store.append(stream, 0, [added(1)], { alongside: (tx) => write(tx, `${stream}-answer`) });
      expect(seen).toEqual([recorded]);
      expect(committed).toHaveLength(1);
      expect([await wrote(`${stream}-public`), await wrote(`${stream}-answer`)]).toEqual([true, true]);
    });

    it('does not come to pass when the append is refused, and nobody is told of a commit', async () => {
      const { createStore, stream, write, wrote } = given();
      const committed = jest.fn();
      const store = createStore({ clock: () => now, participant: { join: () => {}, committed } });
      await store.append(stream, 0, [added(1)]);
      const conflict = store.append(stream, 0, [added(2)], { alongside: (tx) => write(tx, stream) });
      await expect(conflict).rejects.toBeInstanceOf(VersionConflictError);
      expect(await wrote(stream)).toBe(false);
      expect(committed).toHaveBeenCalledTimes(1);
    });

    it('prevents the append when it is refused itself', async () => {
      const { store, stream, write } = given();
      const alongside = (tx: Tx) => write(tx, stream);
      await store.append(stream, 0, [added(1)], { alongside });
      await expect(store.append(stream, 1, [added(2)], { alongside })).rejects.toMatchObject({
        code: 'ALONGSIDE_REFUSED',
      });
      expect((await store.load(stream)).version).toBe(1);
    });
  });

  describe('snapshots', () => {
    const state = JSON.stringify({ cents: 3, moves: 2 });

    it('leave out the events that they stand for', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1), added(2)]);
      await store.saveSnapshot(stream, { version: 2, foldVersion: 1, state });
      expect(await store.load(stream, { foldVersion: 1 })).toEqual({
        snapshot: { version: 2, foldVersion: 1, state },
        events: [],
        version: 2,
      });
      const [third] = await store.append(stream, 2, [added(3)]);
      const loaded = await store.load(stream, { foldVersion: 1, expectedTail: 1 });
      expect(loaded).toEqual({ snapshot: { version: 2, foldVersion: 1, state }, events: [third], version: 3 });
      expect((await store.load(stream)).events).toHaveLength(3);
      expect((await store.read(stream)).events).toHaveLength(3);
    });

    it('of another fold are ignored', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1), added(2)]);
      await store.saveSnapshot(stream, { version: 2, foldVersion: 1, state });
      const loaded = await store.load(stream, { foldVersion: 2 });
      expect([loaded.snapshot, loaded.events.length, loaded.version]).toEqual([undefined, 2, 2]);
    });

    it('are replaced by newer ones and those of another fold, never by older ones', async () => {
      const { store, stream } = given();
      await store.append(stream, 0, [added(1), added(2)]);
      const versionNow = async (foldVersion: number) => (await store.load(stream, { foldVersion })).snapshot?.version;
      await store.saveSnapshot(stream, { version: 2, foldVersion: 1, state });
      await store.saveSnapshot(stream, { version: 1, foldVersion: 1, state });
      expect(await versionNow(1)).toBe(2);
      await store.saveSnapshot(stream, { version: 1, foldVersion: 2, state });
      expect(await versionNow(2)).toBe(1);
    });
  });
}
