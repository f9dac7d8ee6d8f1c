import type { z } from 'zod';
import { type Decider, fold } from './decider.ts';
import type { EventStore, LoadedStream, Snapshot } from './event-store.ts';
import type { AnyEvent } from './event-types.ts';

/** When and how the state of a long stream is kept. */
export interface SnapshotPolicy<State> {
  /** Raise it with every change of `evolve` or of the state: snapshots of another fold are ignored. */
  readonly foldVersion: number;
  /** Checks what was kept. A codec may say how a state that is not JSON (a Map, a Date) is kept. */
  readonly state: z.ZodType<State>;
  /** Events between two snapshots (default 20); as many are loaded beside one at most. */
  readonly every?: number | undefined;
}

export const defaultSnapshotEvery = 20;

/** A state, and where in the stream it is. */
export interface StateAt<State> {
  readonly state: State;
  readonly version: number;
  /** The version of the snapshot that it began with, 0 without one. */
  readonly snapshotVersion: number;
}

type Fold<State, E> = Pick<Decider<State, never, E>, 'initialState' | 'evolve'>;

/**
 * The state of a stream now: its snapshot, if one of this fold is there, and everything after it. A snapshot that its
 * schema does not accept is as good as none.
 */
export async function loadState<State, E extends AnyEvent>(
  store: Pick<EventStore<E, unknown>, 'load'>,
  folding: Fold<State, E>,
  streamId: string,
  snapshots?: SnapshotPolicy<State>,
): Promise<StateAt<State>> {
  if (snapshots === undefined) return foldFrom(folding, await store.load(streamId));
  const { foldVersion, every = defaultSnapshotEvery } = snapshots;
  const loaded = await store.load(streamId, { foldVersion, expectedTail: every });
  if (loaded.snapshot === undefined) return foldFrom(folding, loaded);
  const kept = decodeState(snapshots, loaded.snapshot);
  return kept ? foldFrom(folding, loaded, kept) : foldFrom(folding, await store.load(streamId));
}

/** The snapshot of a state, as the store keeps it. */
export function snapshotOf<State>(policy: SnapshotPolicy<State>, { state, version }: StateAt<State>): Snapshot {
  return { version, foldVersion: policy.foldVersion, state: JSON.stringify(policy.state.encode(state)) };
}

function foldFrom<State, E extends AnyEvent>(
  folding: Fold<State, E>,
  { events, version, snapshot }: LoadedStream<E>,
  from?: { state: State },
): StateAt<State> {
  const state = fold(folding, events, from ? from.state : folding.initialState());
  return { state, version, snapshotVersion: from ? snapshot!.version : 0 };
}

function decodeState<State>(policy: SnapshotPolicy<State>, snapshot: Snapshot): { state: State } | undefined {
  try {
    return { state: policy.state.decode(JSON.parse(snapshot.state) as never) };
  } catch {
    return undefined;
  }
}
