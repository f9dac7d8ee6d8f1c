import { fold, loadState } from '@atlas/event-store';
import { v7 } from 'uuid';
import { account, accountHistory, accountSchema } from './account.ts';
import { fillStream, type Place } from './place.ts';
import { rawLoad, rawPut, rawTransaction } from './raw-calls.ts';

/** One way to do something; `run` is called again and again, by `worker` 0 and up at the same time. */
export interface Lane {
  readonly title: string;
  prepare(place: Place): Promise<(worker: number) => Promise<void>>;
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Calls of each lane in one turn, after as many tenths to warm up. */
  readonly calls: number;
  /** Calls under way at the same time. */
  readonly workers: number;
  readonly lanes: Readonly<Record<string, Lane>>;
}

export const snapshotEvery = 20;
/** Between two snapshots a stream is on average half that long past the last one. */
const tail = 10;
const snapshots = { foldVersion: 1, state: accountSchema, every: snapshotEvery };

/** Every worker has a stream of its own, which grows from turn to turn. */
function appending(
  count: number,
  append: (place: Place, stream: string, version: number) => Promise<unknown>,
): Lane['prepare'] {
  return async (place) => {
    const versions = new Map<number, number>();
    const run = v7();
    return async (worker) => {
      const version = versions.get(worker) ?? 0;
      await append(place, `${run}-${worker}`, version);
      versions.set(worker, version + count);
    };
  };
}

function appendExperiment(count: number, calls: number): Experiment {
  const events = accountHistory(0, count);
  return {
    name: `append ${count}`,
    title: `Appending ${count} event${count === 1 ? '' : 's'}, one of them public, 8 streams at a time`,
    ...{ calls, workers: 8 },
    lanes: {
      ...(count > 1
        ? {}
        : {
            put: {
              title: 'raw PutItem, nothing published',
              prepare: appending(1, (place, stream, version) => rawPut(place, stream, version + 1, events[0]!)),
            },
          }),
      raw: {
        title: 'raw TransactWriteItems',
        prepare: appending(count, (place, stream, version) => rawTransaction(place, stream, version + 1, events)),
      },
      atlas: {
        title: '**Atlas**, append with outbox',
        prepare: appending(count, ({ publishing }, stream, version) => publishing.append(stream, version, events)),
      },
    },
  };
}

async function filledStream(place: Place, length: number): Promise<string> {
  const stream = v7();
  await fillStream(place, stream, length);
  return stream;
}

function loadExperiment(length: number, calls: number): Experiment {
  return {
    name: `load ${length}`,
    title: `Loading ${length.toLocaleString('en')} events`,
    ...{ calls, workers: 1 },
    lanes: {
      raw: {
        title: 'raw Query, items only',
        async prepare(place) {
          const stream = await filledStream(place, length);
          return async () => assertVersion((await rawLoad(place, stream)).length, length);
        },
      },
      atlas: {
        title: '**Atlas**, load and fold',
        async prepare(place) {
          const stream = await filledStream(place, length);
          return async () => assertVersion((await loadState(place.store, account, stream)).version, length);
        },
      },
    },
  };
}

function snapshotExperiment(calls: number): Experiment {
  const lane = (length: number): Lane => ({
    title: `${length.toLocaleString('en')} events`,
    async prepare(place) {
      const stream = await filledStream(place, length);
      await keepSnapshot(place, stream, length - tail);
      return async () => assertVersion((await loadState(place.store, account, stream, snapshots)).version, length);
    },
  });
  return {
    name: 'snapshots',
    title: `Loading with a snapshot every ${snapshotEvery} events`,
    ...{ calls, workers: 1 },
    lanes: { 'of 10': lane(10), 'of 1000': lane(1_000), 'of 10000': lane(10_000) },
  };
}

/** As the command handler would have kept it; a short stream has none yet. */
async function keepSnapshot({ store }: Place, stream: string, version: number): Promise<void> {
  if (version < snapshotEvery) return;
  const { events } = await store.load(stream);
  const state = fold(account, events.slice(0, version));
  await store.saveSnapshot(stream, { version, foldVersion: 1, state: JSON.stringify(state) });
}

function assertVersion(found: number, expected: number): void {
  if (found !== expected) throw new Error(`loaded ${found} events of ${expected}`);
}

/** All experiments, the quick ones with more calls; `scale` 1 is a whole run. */
export function experimentsAt(scale: number): Experiment[] {
  const calls = (whole: number) => Math.max(1, Math.round(whole * scale));
  return [
    appendExperiment(1, calls(800)),
    appendExperiment(10, calls(240)),
    loadExperiment(10, calls(300)),
    loadExperiment(1_000, calls(60)),
    loadExperiment(10_000, calls(8)),
    snapshotExperiment(calls(300)),
  ];
}
