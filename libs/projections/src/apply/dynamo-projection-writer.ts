import { type Envelope, eventKeyOf } from '@atlas/event-contracts';
import type { Logger, Probe } from '@atlas/platform';
import type { Build } from '../control/control.domain.ts';
import type { Declarations } from '../declarations.ts';
import { journalKey, type JournalEntry } from '../journal-entry.ts';
import { piecesOf } from '../rows/pieces.ts';
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
  readonly visible: Visible;
  readonly logger: Logger;
  readonly probe: Probe;
}

type Target = Pick<KnownBuild, 'build' | 'projection' | 'live'>;
type Failures = Map<string, unknown>;

/** Makes the writer of projections in DynamoDB. */
export function createProjectionWriter(deps: ProjectionWriterDeps): ProjectionWriter {
  const { declarations, builds, commit, visible, logger, probe } = deps;

  /** What is to be counted of one event. A build that cannot count it does not keep the others from it. */
  function planned(
    event: { readonly eventKey: JournalEntry['eventKey']; readonly envelope: Envelope },
    targets: readonly Target[],
    failures: Failures,
  ): TablePiece[] {
    return targets.flatMap(({ build, projection, live }) => {
      try {
        const place = { tableName: rowTableName(deps.prefix, projection), shards: projection.shards };
        return piecesOf(event, projection, build).map((piece) => ({ ...piece, ...place }));
      } catch (error) {
        // Nobody reads what is being built, and who builds it meets the event again: in the journal it lacks its mark.
        if (live) failures.set(event.envelope.id, error);
        else logger.warn({ err: error, build, id: event.envelope.id }, 'a build cannot count this event');
        return [];
      }
    });
  }

  function newWork(envelope: Envelope, targets: readonly Target[], failures: Failures): EventWork {
    const eventKey = eventKeyOf(envelope);
    const pieces = planned({ eventKey, envelope }, targets, failures);
    const text = JSON.stringify(envelope);
    return { key: journalKey(envelope), eventKey, envelope, text, inJournal: 'new', pieces };
  }

  async function count(events: readonly Envelope[], targets: readonly Target[], failures: Failures): Promise<number> {
    const report = await commit(events.map((event) => newWork(event, targets, failures)));
    for (const [id, error] of report.failed) failures.set(id, error);
    await announce(
      events.filter(({ id }) => !failures.has(id)),
      targets,
      report,
    );
    return marksIn(report);
  }

  async function announce(events: readonly Envelope[], targets: readonly Target[], { marked }: CommitReport) {
    const notes = targets.flatMap((target) => {
      const present = events.filter((event) => target.projection.events.includes(eventKeyOf(event)));
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

    async applyEntries(entries, wanted) {
      const failures: Failures = new Map();
      // Whoever builds hears of every event that its build cannot count.
      const targets = wanted.map((build) => ({ build, projection: declarations.ofBuild(build), live: true }));
      const works = entries.flatMap(({ pk, sk, eventKey, envelope, marks }) => {
        const pieces = planned({ eventKey, envelope }, targets, failures);
        const work: EventWork = { key: { pk, sk }, eventKey, envelope, text: '', inJournal: 'there', pieces };
        return withoutMarks(work, marks) ?? [];
      });
      const report = await commit(works);
      for (const [id, error] of report.failed) failures.set(id, error);
      return reportOf(failures, marksIn(report));
    },
  };

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

const isMarkOf = (mark: string, build: Build): boolean => mark === build || mark.startsWith(`${build}#`);

const marksIn = ({ marked }: CommitReport): number =>
  [...marked.values()].reduce((sum, marks) => sum + marks.length, 0);

const reportOf = (failures: Failures, applied: number): ApplyReport => ({
  failed: [...failures].map(([id, error]) => ({ id, error })),
  applied,
});
