import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@atlas/platform';
import { type Decider, fold } from './decider.ts';
import { ContendedStreamError, DuplicateCommandError, VersionConflictError } from './errors.ts';
import type { AppendOptions, EventStore, Recorded } from './event-store.ts';
import type { AnyEvent } from './event-types.ts';
import { defaultSnapshotEvery, loadState, type SnapshotPolicy, snapshotOf, type StateAt } from './load-state.ts';

export interface Handled<State, E extends AnyEvent> {
  /** The state after the command; of a command that was handled before: the state of now. */
  readonly state: State;
  readonly version: number;
  /** What the command appended, now or when it came first. Empty when there was nothing to do. */
  readonly events: readonly Recorded<E>[];
  /** The command had been handled before. */
  readonly replayed: boolean;
}

/**
 * Loads a stream, decides, and appends; when others append meanwhile it loads and decides again. What `decide` throws
 * rejects. With a `commandId` the command has its effect once, however often and from wherever it comes; one that decides
 * nothing leaves no trace, and is decided again when it comes again. Rejects with ContendedStreamError after
 * `maxAttempts`, and with what `append` and `load` reject with.
 */
export type CommandHandler<State, Command, E extends AnyEvent, Tx> = (
  streamId: string,
  command: Command,
  options?: AppendOptions<E, Tx>,
) => Promise<Handled<State, E>>;

export interface CommandHandlerOptions<State, Command, E extends AnyEvent, Tx> {
  readonly store: EventStore<E, Tx>;
  readonly decider: Decider<State, Command, E>;
  readonly snapshots?: SnapshotPolicy<State> | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  /** Tries until a command gives up (default 30): with full jitter about 3 s when every try loses. */
  readonly maxAttempts?: number | undefined;
  /** 0 to below 1. */
  readonly random?: (() => number) | undefined;
}

/** Full jitter (AWS Builders' Library, "Timeouts, retries, and backoff with jitter"): who lost together spreads out. */
const pauseLimits = { baseMs: 4, capMs: 250 };

/** Makes the handler of the commands of one kind of stream. */
export function createCommandHandler<State, Command, E extends AnyEvent, Tx>(
  deps: CommandHandlerOptions<State, Command, E, Tx>,
): CommandHandler<State, Command, E, Tx> {
  const { store, decider, snapshots, logger, maxAttempts = 30, random = Math.random } = deps;
  const stateOf = (streamId: string) => loadState(store, decider, streamId, snapshots);

  async function attempt(streamId: string, command: Command, options: AppendOptions<E, Tx>) {
    const before = await stateOf(streamId);
    let decided: readonly E[];
    try {
      decided = decider.decide(command, before.state);
    } catch (refusal) {
      // After its own effect a command may well be refused; then it is the first time that counts.
      const earlier = await replay(streamId, options.commandId);
      if (earlier) return earlier;
      throw refusal;
    }
    if (decided.length > 0) return append(streamId, before, decided, options);
    const { state, version } = before;
    return (await replay(streamId, options.commandId)) ?? { state, version, events: [], replayed: false };
  }

  async function append(
    streamId: string,
    before: StateAt<State>,
    decided: readonly E[],
    options: AppendOptions<E, Tx>,
  ): Promise<Handled<State, E>> {
    const events = await store.append(streamId, before.version, decided, options);
    const version = before.version + events.length;
    const after = { state: fold(decider, events, before.state), version, snapshotVersion: before.snapshotVersion };
    await keepSnapshot(streamId, after);
    return { state: after.state, version, events, replayed: false };
  }

  async function keepSnapshot(streamId: string, at: StateAt<State>): Promise<void> {
    if (!snapshots || at.version - at.snapshotVersion < (snapshots.every ?? defaultSnapshotEvery)) return;
    try {
      await store.saveSnapshot(streamId, snapshotOf(snapshots, at));
    } catch (error) {
      // The command is done. Without its snapshot the next one loads more.
      logger.warn({ err: error, stream_id: streamId, version: at.version }, 'a snapshot could not be kept');
    }
  }

  async function replay(streamId: string, commandId: string | undefined): Promise<Handled<State, E> | undefined> {
    const events = commandId === undefined ? undefined : await store.eventsOfCommand(streamId, commandId);
    if (events === undefined) return undefined;
    const { state, version } = await stateOf(streamId);
    return { state, version, events, replayed: true };
  }

  return async function handle(streamId, command, options = {}) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(streamId, command, options);
      } catch (error) {
        if (error instanceof DuplicateCommandError) return (await replay(streamId, error.commandId))!;
        if (!(error instanceof VersionConflictError)) throw error;
        if (tries >= maxAttempts) throw new ContendedStreamError(streamId, tries, { cause: error });
      }
      await delay(random() * Math.min(pauseLimits.capMs, pauseLimits.baseMs * 2 ** tries));
    }
  };
}
