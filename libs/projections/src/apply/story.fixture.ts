import type { Envelope } from '@atlas/event-contracts';
import { isUnreachable } from '@atlas/platform';
import { captureLogs } from '@atlas/testing';
import { type Build, type Control, declareAll, registerRebuild } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Declarations } from '../declarations.ts';
import { journalEntry, type JournalEntry, type JournalKey } from '../journal-entry.ts';
import { createMarks } from '../marks/marks.ts';
import { afterPage, beginWalk } from '../rebuild/walk.domain.ts';
import { decodeRow, parseShardPartition } from '../rows/row-key.ts';
import { addsIn } from '../rows/stored-row.ts';
import { rowTableName } from '../tables.ts';
import { createCommit } from './commit.ts';
import { createProjectionWriter } from './dynamo-projection-writer.ts';
import { controlFreshMs, createKnownBuilds } from './known-builds.ts';
import { createModelStore, createModelTime, type Fate } from './model.fixture.ts';

const [journal, markTable] = ['journal', 'marks'];
const SEGMENTS = 2;
const PAGE_EVENTS = 2;

/** One way in which everything may happen, decided by numbers that fast-check chooses and makes smaller. */
export interface Story {
  readonly declarations: Declarations;
  readonly events: readonly Envelope[];
  /** Builds that are begun anew at some moment, by the names of their projections. */
  readonly rebuilt: readonly string[];
  readonly copies: readonly number[];
  readonly replicas: number;
  readonly batch: number;
  /** How long a moment is at most, in milliseconds of the model: with long ones a second passes during one call. */
  readonly momentMs: number;
  readonly fates: readonly Fate[];
  readonly seed: number;
}

/** Plays a story until every event is acknowledged and the journal has been walked for what was begun meanwhile. */
export async function playStory({
  declarations,
  events,
  rebuilt,
  copies,
  replicas,
  batch,
  momentMs,
  fates,
  seed,
}: Story) {
  const random = pseudoRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const time = createModelTime(() => below(momentMs) + 1);
  let calls = 0;
  // Trouble ends some time, or nothing would.
  const fate = () => (calls > 40 ? 'done' : fates[calls++ % fates.length]!);
  const store = createModelStore(time, { fate, moments: () => below(4) });

  let control: Control | undefined;
  const controlStore: ControlStore = {
    async read() {
      await time.pass(below(3));
      const answer = control;
      await time.pass(below(3));
      return answer;
    },
    async change(decide) {
      await time.pass(below(3));
      const decision = decide(control);
      if (decision === 'unchanged') return control!;
      if ('refusal' in decision) throw new Error(decision.refusal);
      control = { ...decision.control, version: (control?.version ?? 0) + 1 };
      return control;
    },
  };
  const { logger } = captureLogs('fatal');
  const marks = createMarks({ dynamo: store.dynamo, tableName: markTable, pause: () => time.pass(below(3)) });
  const replica = () =>
    createProjectionWriter({
      ...{ prefix: 'model', declarations, marks, logger, probe: () => {}, visible: { note: () => Promise.resolve() } },
      refusals: { note: () => Promise.resolve() },
      builds: createKnownBuilds({
        ...{ control: controlStore, declarations, logger, now: time.now },
        clock: () => new Date(time.now()),
      }),
      commit: createCommit({
        ...{ dynamo: store.dynamo, journal, marks: markTable, random, probe: () => {} },
        pause: () => time.pass(below(3)),
      }),
    });

  // Copies come at any place; what is not acknowledged comes again.
  const queue = [...events, ...copies.map((copy) => events[copy % events.length]!)]
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  let unfinished = 0;
  const consume = async () => {
    let writer = replica();
    while (queue.length > 0 || unfinished > 0) {
      const handed = queue.splice(0, 1 + below(batch));
      if (handed.length === 0) {
        await time.pass(1);
        continue;
      }
      unfinished += 1;
      const dead = gone(time);
      const report = await Promise.race([writer.apply(handed), dead.gone]).catch(ifAway);
      dead.over();
      unfinished -= 1;
      if (report === 'gone') {
        queue.push(...handed);
        writer = replica();
        continue;
      }
      for (const { id, error } of report.failed) {
        if (!isUnreachable(error)) throw error;
        queue.push(handed.find((one) => one.id === id)!);
      }
    }
  };

  const operate = async () => {
    await controlStore.change((state) => declareAll(state, declarations.all));
    const walks = rebuilt.map(async (name) => {
      await time.pass(below(30));
      const state = await controlStore.change((now) => registerRebuild(now!, name, 1));
      await walk(state.projections[name]!.building!, time.now());
    });
    await Promise.all(walks);
  };

  /** Begins when every process knows of the build, as a rebuild does. Nobody but the processes adds anything after it. */
  const walk = async (build: Build, registeredAt: number) => {
    while (time.now() <= registeredAt + controlFreshMs) await time.pass(1);
    let walked = beginWalk({ build, registration: 1 }, { total: 0, refusals: 0, segments: SEGMENTS });
    for (const segment of walked.segments.keys()) {
      while (!walked.segments[segment]!.done) {
        await time.pass(below(4));
        const { entries, next } = pageOf(store.items(journal), segment, walked.segments[segment]!.after);
        await applyAll(
          entries.filter(({ marks: own }) => !own.has(build)),
          build,
        );
        walked = afterPage(walked, segment, { scanned: entries.length, applied: 0, failed: 0, next });
      }
    }
  };
  const applyAll = async (entries: readonly JournalEntry[], build: Build) => {
    for (let left = entries; left.length > 0;) {
      const dead = gone(time);
      const how = below(2) === 0 ? 'ask' : 'try';
      const report = await Promise.race([replica().applyEntries(left, [build], how), dead.gone]).catch(ifAway);
      dead.over();
      if (report === 'gone') continue;
      const failed = new Set(report.failed.map(({ id }) => id));
      left = left.filter(({ envelope }) => failed.has(envelope.id));
    }
  };

  await Promise.all([operate(), ...Array.from({ length: replicas }, consume)]);
  return {
    stored(build: Build) {
      const projection = declarations.ofBuild(build);
      const sums = new Map<string, bigint>();
      for (const item of store.items(rowTableName('model', projection))) {
        const partition = parseShardPartition(item['pk']!.S!)!;
        if (partition.build !== build) continue;
        const [scope, tenant] = partition.rows.split('#') as [string, string];
        for (const { row, measure, amount } of addsIn(item, projection).adds) {
          const name = JSON.stringify([scope === 'EVERYONE' ? '*' : tenant, ...decodeRow(row), measure]);
          sums.set(name, (sums.get(name) ?? 0n) + amount);
        }
      }
      return sums;
    },
  };
}

/** Who meets a store that is away comes again. */
function ifAway(error: unknown): 'gone' {
  if (!isUnreachable(error)) throw error;
  return 'gone';
}

/** A call that is never answered is given up after a while, as the death of its process would be noticed. */
function gone(time: { pass(moments: number): Promise<void> }) {
  let waiting = true;
  const watch = async () => {
    for (let moment = 0; waiting && moment < 60; moment += 1) await time.pass(1);
    return 'gone' as const;
  };
  return { gone: watch(), over: () => void (waiting = false) };
}

/** As DynamoDB scans a segment: in an order of its own that never changes; what comes behind the place that it has reached is not seen. */
function pageOf(items: Parameters<typeof fromStore>[0][], segment: number, after: JournalKey | undefined) {
  const entries = items.map(fromStore).filter(({ pk }) => segmentOf(pk) === segment);
  const sorted = entries.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const ahead = sorted.filter((entry) => after === undefined || placeOf(entry) > placeOf(after));
  const page = ahead.slice(0, PAGE_EVENTS);
  const last = page.at(-1);
  const next = ahead.length > page.length && last ? { pk: last.pk, sk: last.sk } : undefined;
  return { entries: page, next };
}

const placeOf = ({ pk, sk }: JournalKey): string => `${pk} ${sk}`;
const segmentOf = (pk: string): number => pk.charCodeAt(pk.length - 1) % SEGMENTS;

function fromStore(item: Record<string, { S?: string; SS?: string[]; B?: Uint8Array }>) {
  const plain = Object.entries(item).map(([name, { S, SS, B }]) => [name, SS ? new Set(SS) : (B ?? S)]);
  return journalEntry(Object.fromEntries(plain) as Record<string, unknown>);
}

/** Numbers in [0, 1) that are the same for the same seed (Lehmer, with the constants of Park and Miller). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}
