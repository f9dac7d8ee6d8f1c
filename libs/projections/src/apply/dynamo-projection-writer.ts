import { type Envelope, eventKeyOf } from '@atlas/event-contracts';
import { isUnreachable, type Logger, type Probe } from '@atlas/platform';
import type { Refusals } from '../control/refusals.ts';
import type { Declarations } from '../declarations.ts';
import { journalKey, type JournalEntry, storedEnvelope } from '../journal-entry.ts';
import type { Marks } from '../marks/marks.ts';
import { isMarkOf, piecesOf } from '../rows/pieces.ts';
import { rowTableName } from '../tables.ts';
import type { Commit, CommitReport } from './commit.ts';
import type { KnownBuild, KnownBuilds } from './known-builds.ts';
import type { ApplyReport, ProjectionWriter } from './projection-writer.ts';
import type { Visible } from './visible.ts';
import { type EventWork, type TablePiece, withoutMarks } from './work.ts';

export interface ProjectionWriterDeps {
  readonly prefix: string;
  readonly declarations: Declarations;
  readonly builds: KnownBuilds;
  readonly commit: Commit;
  readonly marks: Pick<Marks, 'found'>;
  readonly visible: Visible;
  readonly refusals: Pick<Refusals, 'note'>;
  readonly logger: Logger;
  readonly probe: Probe;
}

type Target = Pick<KnownBuild, 'build' | 'projection' | 'live'>;
/** By event. */
type Failures = Map<string, unknown>;

/** What could not be counted of an event; `target` is undefined when it could not even be put into the journal. */
interface Uncounted {
  readonly id: string;
  readonly target: Target | undefined;
  readonly error: unknown;
}

/** Makes the writer of projections in DynamoDB. */
export function createProjectionWriter(deps: ProjectionWriterDeps): ProjectionWriter {
  const { declarations, builds, commit, visible, refusals, logger, probe } = deps;

  /** What is to be counted of one event. A build that cannot count it does not keep the others from it. */
  function planned(
    event: { readonly eventKey: JournalEntry['eventKey']; readonly envelope: Envelope },
    targets: readonly Target[],
    uncounted: Uncounted[],
  ): TablePiece[] {
    return targets.flatMap((target) => {
      const { build, projection } = target;
      try {
        const place = { tableName: rowTableName(deps.prefix, projection), shards: projection.shards };
        return piecesOf(event, projection, build).map((piece) => ({ ...piece, ...place }));
      } catch (error) {
        uncounted.push({ id: event.envelope.id, target, error });
        return [];
      }
    });
  }

  function newWork(envelope: Envelope, targets: readonly Target[], uncounted: Uncounted[]): EventWork {
    const eventKey = eventKeyOf(envelope);
    const pieces = planned({ eventKey, envelope }, targets, uncounted);
    const stored = storedEnvelope(envelope);
    return { key: journalKey(envelope), eventKey, envelope, stored, inJournal: 'new', pieces };
  }

  async function count(events: readonly Envelope[], targets: readonly Target[], failures: Failures): Promise<number> {
    const uncounted: Uncounted[] = [];
    const report = await commit(events.map((event) => newWork(event, targets, uncounted)));
    uncounted.push(...failedIn(report, targets));
    if (uncounted.length > 0) {
      const outside = events.filter(({ id }) => report.failed.has(id));
      await settle(uncounted, outside, failures);
    }
    const lacks = new Set(uncounted.map(({ id, target }) => `${id} ${target?.build}`));
    await announce(
      events.filter(({ id }) => !failures.has(id)),
      targets,
      { report, isIn: ({ id }, { build }) => !lacks.has(`${id} ${build}`) },
    );
    return marksIn(report);
  }

  /**
   * Decides what becomes of events that could not be counted everywhere. A message does not fail for a build that nobody reads: who builds it
   * meets the event again in the journal, where it lacks the mark. That is said before it is looked whether readers have the build by now,
   * so that they are not given one that lacks an event which was acknowledged. Of those that may be `outside` the journal as well, it is made sure.
   */
  async function settle(uncounted: readonly Uncounted[], outside: readonly Envelope[], failures: Failures) {
    const later: (Uncounted & { target: Target })[] = [];
    for (const { id, target, error } of uncounted) {
      // A store that is away says nothing about the event: it comes again.
      if (target === undefined || target.live || isUnreachable(error)) failures.set(id, error);
      else later.push({ id, target, error });
    }
    const refused = later.filter(({ id }) => !failures.has(id));
    if (refused.length === 0) return;
    const ids = new Set(refused.map(({ id }) => id));
    try {
      const alone = await commit(outside.filter(({ id }) => ids.has(id)).map((event) => newWork(event, [], [])));
      for (const [id, [failed]] of alone.failed) failures.set(id, failed!.error);
      const byBuild = Map.groupBy(refused, ({ target }) => target.build);
      for (const [build, of] of byBuild) {
        logger.warn({ err: of[0]!.error, build, id: of[0]!.id, events: of.length }, 'a build cannot count this event');
        await refusals.note(build, of);
      }
      const { builds: now } = await builds.read();
      const live = new Set(now.flatMap((known) => (known.live ? [known.build] : [])));
      for (const { id, target, error } of refused) if (live.has(target.build)) failures.set(id, error);
    } catch (error) {
      // Not acknowledged: they come again.
      for (const id of ids) failures.set(id, failures.get(id) ?? error);
    }
  }

  async function announce(events: readonly Envelope[], targets: readonly Target[], done: Done) {
    const {
      report: { marked },
      isIn,
    } = done;
    const notes = targets.flatMap((target) => {
      const present = events.filter(
        (event) => target.projection.events.includes(eventKeyOf(event)) && isIn(event, target),
      );
      const isFresh = ({ id }: Envelope) => marked.get(id)?.some((mark) => isMarkOf(mark, target.build));
      return present.length > 0 ? [visible.note(target, { present, fresh: new Set(present.filter(isFresh)) })] : [];
    });
    await Promise.all(notes);
  }

  return {
    canApply: () => builds.canApply(),

    async apply(events) {
      const distinct = [...new Map(events.map((event) => [`${event.tenant_id} ${event.id}`, event])).values()];
      const failures: Failures = new Map();
      const known = await builds.current();
      let applied = await count(distinct, known.builds, failures);
      if (!builds.isFresh(known)) applied += await countInNewer(distinct, known.builds, failures);
      await probe('projection.progress');
      return reportOf(failures, applied);
    },

    async applyEntries(entries, wanted, how = 'ask') {
      const uncounted: Uncounted[] = [];
      // Whoever builds hears of every event that its build cannot count.
      const targets = wanted.map((build) => ({ build, projection: declarations.ofBuild(build), live: true }));
      const works = entries.flatMap(({ pk, sk, eventKey, envelope, marks }) => {
        const pieces = planned({ eventKey, envelope }, targets, uncounted);
        const stored = new Uint8Array();
        return withoutMarks({ key: { pk, sk }, eventKey, envelope, stored, inJournal: 'there', pieces }, marks) ?? [];
      });
      const report = await commit(how === 'ask' ? await withoutLaterMarks(works) : works);
      uncounted.push(...failedIn(report, targets));
      return reportOf(new Map(uncounted.map(({ id, error }) => [id, error])), marksIn(report));
    },
  };

  async function withoutLaterMarks(works: readonly EventWork[]): Promise<EventWork[]> {
    const asked = works.map(({ envelope, pieces }) => ({ event: envelope, marks: pieces.map(({ mark }) => mark) }));
    const found = await deps.marks.found(asked);
    return works.flatMap((work, index) => withoutMarks(work, found[index]!) ?? []);
  }

  /**
   * The commit took so long that a build may have been registered before it without this process knowing. What is registered
   * after this reading finds the events in the journal.
   */
  async function countInNewer(events: readonly Envelope[], done: readonly Target[], failures: Failures) {
    try {
      const { builds: now } = await builds.read();
      const added = now.filter(({ build }) => !done.some((other) => other.build === build));
      return added.length === 0 ? 0 : await count(events, added, failures);
    } catch (error) {
      // Counted, but not acknowledged: they come again, and find their marks.
      for (const { id } of events) failures.set(id, failures.get(id) ?? error);
      return 0;
    }
  }
}

/** What a commit has done, and which events are in which builds now. */
interface Done {
  readonly report: CommitReport;
  readonly isIn: (event: Envelope, target: Target) => boolean;
}

const failedIn = ({ failed }: CommitReport, targets: readonly Target[]): Uncounted[] =>
  [...failed].flatMap(([id, marks]) =>
    marks.map(({ mark, error }) => {
      const target = targets.find(({ build }) => mark !== undefined && isMarkOf(mark, build));
      return { id, target, error };
    }),
  );

const marksIn = ({ marked }: CommitReport): number =>
  [...marked.values()].reduce((sum, marks) => sum + marks.length, 0);

const reportOf = (failures: Failures, applied: number): ApplyReport => ({
  failed: [...failures].map(([id, error]) => ({ id, error })),
  applied,
});
