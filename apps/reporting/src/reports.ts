import { problem } from '@atlas/platform';
import { type Build, ProjectionBuildingError, type ProjectionReader, ProjectionRetiredError } from '@atlas/projections';
import { AmountTooLargeError } from './answer/amount-too-large.domain.ts';
import { CursorExpiredError } from './answer/errors.ts';
import type { Row } from './answer/sums.domain.ts';
import { chargesReport } from './charges/charges-report.domain.ts';
import type { Asked } from './period/asked.ts';
import { dateOf, type Period } from './period/period.domain.ts';
import { revenueReport } from './revenue/revenue-report.domain.ts';
import { sagasReport } from './sagas/sagas-report.domain.ts';
import { type Ranking, skusReport, soldOf } from './skus/skus-report.domain.ts';
import { subscriptionsReport } from './subscriptions/subscriptions-report.domain.ts';

/** A whole report, and how far what it is made of is. */
export interface Answer<Item, Total = unknown> {
  readonly items: readonly Item[];
  readonly totals: readonly Total[];
  /** What it was made of: the next page is made of the same. */
  readonly build: Build;
  /** Timestamp of the newest event that is counted, or null when none ever was. */
  readonly as_of: string | null;
  /** From that event's timestamp until it was counted. */
  readonly lag_seconds: number | null;
}

/** Whose figures: a tenant's, or undefined for all tenants together. */
export type Who = string | undefined;

export type Reports = ReturnType<typeof createReports>;

/** Before anything that could be counted. */
const theBeginning = '1970-01-01';
/** A first build reads all events there are; to ask more often helps nobody. */
const retryAfterSeconds = '5';

/**
 * The reports of this service, out of its projections. With `begun`, out of the build that an answer began with. All of
 * them reject with problems: 503 PROJECTION_BUILDING, 410 PROJECTION_RETIRED or CURSOR_EXPIRED, 422 AMOUNT_TOO_LARGE.
 */
export function createReports({ reader, clock }: { reader: ProjectionReader; clock: () => Date }) {
  type Source = (tenant: Who, period: Period) => AsyncIterable<Row>;

  /** Of one build: undefined when its rows were being deleted meanwhile, so that sums may lack some. */
  async function answerOnce<Made>(
    projection: string,
    begun: Build | undefined,
    make: (rowsOf: Source) => Promise<Made>,
  ) {
    const snapshot = await reader.snapshot(projection);
    const { live, previous } = snapshot;
    const build = begun ?? live;
    if (build !== live && build !== previous) throw new CursorExpiredError();
    const { newestEventAt, lagMs } = build === live ? snapshot : snapshot.previousReached;
    const made = await make((tenant, { from, to }) => reader.rows({ projection, build, tenant, from, to }));
    if (!(await reader.isReadable(projection, build))) return undefined;
    return { ...made, build, as_of: newestEventAt, lag_seconds: lagMs === null ? null : lagMs / 1000 };
  }

  async function answer<Made>(projection: string, begun: Build | undefined, make: (rowsOf: Source) => Promise<Made>) {
    const first = await answerOnce(projection, begun, make);
    if (first !== undefined) return first;
    if (begun !== undefined) throw new CursorExpiredError();
    // What was live is gone, so something else is live now.
    const second = await answerOnce(projection, undefined, make);
    if (second === undefined) throw new ProjectionBuildingError(projection);
    return second;
  }

  /** A report whose rows are few enough to be held together. */
  const report = <Made>(
    projection: string,
    { who, asked, begun }: { who: Who; asked: Period & { currency?: string | undefined }; begun: Build | undefined },
    make: (rows: Row[]) => Made,
  ) =>
    told(
      who,
      answer(projection, begun, async (rowsOf) => {
        const rows: Row[] = [];
        for await (const row of rowsOf(who, asked)) {
          if (asked.currency === undefined || row.row[1] === asked.currency) rows.push(row);
        }
        return make(rows);
      }),
    );

  return {
    revenue: (who: Who, asked: Asked, begun?: Build) =>
      report('revenue-daily', { who, asked, begun }, (rows) => revenueReport(rows, asked)),
    charges: (who: Who, asked: Asked, begun?: Build) =>
      report('charges-daily', { who, asked, begun }, (rows) => chargesReport(rows, asked)),
    subscriptions: (who: Who, asked: Asked, begun?: Build) =>
      report('subscriptions', { who, asked: { ...asked, from: theBeginning }, begun }, (rows) =>
        subscriptionsReport(rows, { ...asked, today: dateOf(clock().getTime()) }),
      ),
    sagas: (who: Who, { from, to, interval }: Omit<Asked, 'currency'>, begun?: Build) =>
      report('saga-outcomes', { who, asked: { from, to }, begun }, (rows) => sagasReport(rows, { interval })),
    /** Of one tenant; of all together there is nothing, because what a SKU is each tenant decides. */
    skus: (who: Who, asked: Period & { currency?: string | undefined; by: Ranking }, begun?: Build) =>
      told(
        who,
        answer('revenue-by-sku', begun, async (rowsOf) =>
          skusReport(await soldOf(rowsOf(who, asked), asked.currency), asked.by),
        ),
      ),
  };
}

/** Awaits a report; what it cannot be made for becomes problem details. */
async function told<T>(who: Who, report: Promise<T>): Promise<T> {
  try {
    return await report;
  } catch (error) {
    if (error instanceof AmountTooLargeError) {
      const advice = who === undefined ? 'Ask for one currency or one workspace.' : 'Ask for less at a time.';
      throw problem(422, error.code, `${error.message} ${advice}`);
    }
    if (error instanceof CursorExpiredError || error instanceof ProjectionRetiredError) {
      throw problem(410, error.code, error.message);
    }
    if (error instanceof ProjectionBuildingError) {
      throw problem(503, error.code, error.message, {}, { 'retry-after': retryAfterSeconds });
    }
    throw error;
  }
}
