import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { deadlineMs } from './arrival.ts';
import { dayOf, type DayRevenue, revenueDifferences, sumOfOrders } from './day-revenue.domain.ts';
import { DemoError } from './errors.ts';
import { expectBody, type PatientClient } from './patient-client.ts';

/** The revenue of a day as the projection has it, which is the sum of the day's orders. */
export interface CheckedRevenue {
  readonly day: string;
  readonly rows: readonly DayRevenue[];
  /** Up to when the projection has counted. */
  readonly asOf: string;
  /** From the timestamp of the event that was counted last until it was visible; undefined when a rebuild counted it. */
  readonly lagMs: number | undefined;
  /** When the report that says so was there, in epoch milliseconds. */
  readonly readAt: number;
}

const pauseMs = 10;

const orderPage = z.object({
  items: z.array(z.object({ currency: z.string(), total_cents: z.number(), completed_at: z.string().nullable() })),
  next_cursor: z.string().nullable(),
});
const report = z.object({
  items: z.array(z.object({ currency: z.string(), gross_cents: z.number(), orders: z.number() })),
  as_of: z.string().nullable(),
  lag_seconds: z.number().nullable(),
});

/**
 * Reads the tenant's revenue of `day` (UTC) until it is the sum of the tenant's orders of that day, to the cent. Throws
 * DemoError REVENUE_DIFFERS, which says what differs, when it is not within 45 s, and UNEXPECTED_ANSWER when it is not the
 * projection that answers.
 */
export async function checkDayRevenue(
  client: PatientClient,
  { day, signal }: { day: string; signal?: AbortSignal | undefined },
): Promise<CheckedRevenue> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const { items: rows, as_of: asOf, lag_seconds: lagSeconds, at: readAt } = await readReport(client, day);
    const differences = revenueDifferences(sumOfOrders(await readOrders(client), day), rows);
    if (differences.length === 0 && asOf !== null) {
      return { day, rows, asOf, readAt, lagMs: lagSeconds === null ? undefined : lagSeconds * 1000 };
    }
    if (Date.now() > deadline) {
      const what = `The revenue of ${day} is not the sum of its orders after ${deadlineMs / 1000} s.`;
      throw new DemoError('REVENUE_DIFFERS', [what, ...differences].join('\n    '));
    }
    await delay(pauseMs, undefined, { signal });
  }
}

/**
 * Whether reporting is new in a system that has a past: it has counted nothing at all, and this tenant has completed orders.
 * The events of then are in the outboxes, and nobody has given them to it. Throws DemoError UNEXPECTED_ANSWER when it is not
 * the projection that answers.
 */
export async function lacksHistory(client: PatientClient): Promise<boolean> {
  const { as_of: asOf } = await readReport(client, dayOf(new Date(0).toISOString()));
  return asOf === null && (await readOrders(client)).some(({ completed_at: completedAt }) => completedAt !== null);
}

async function readReport(client: PatientClient, day: string): Promise<z.infer<typeof report> & { at: number }> {
  const path = `/reports/revenue?from=${day}&to=${day}`;
  const answer = await client.send({ method: 'GET', path });
  const body = expectBody(answer, `GET ${path}`, report, 200);
  // The body does not say who made it: the monolith's has the same members, as of now and without a lag.
  const slice = answer.headers.get('atlas-slice') ?? 'nobody';
  if (/; by=service$/.test(slice)) return { ...body, at: answer.at };
  const why = `GET ${path} was not answered by the projection (atlas-slice: ${slice}).`;
  const remedy = 'The slice "reports" must be at its service: PUT /operator/slices/reports.';
  throw new DemoError('UNEXPECTED_ANSWER', `${why} ${remedy}`);
}

async function readOrders(client: PatientClient): Promise<z.infer<typeof orderPage>['items']> {
  const orders: z.infer<typeof orderPage>['items'] = [];
  for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/orders?limit=100${query}`;
    const page: z.infer<typeof orderPage> = expectBody(
      await client.send({ method: 'GET', path }),
      `GET ${path}`,
      orderPage,
      200,
    );
    orders.push(...page.items);
    cursor = page.next_cursor;
  }
  return orders;
}
