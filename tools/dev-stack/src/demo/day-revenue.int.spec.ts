import { type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { checkDayRevenue, lacksHistory } from './day-revenue.ts';
import { createPatientClient } from './patient-client.ts';

const day = '2026-11-22';
const service = 'reports; mode=service; by=service';
const orders = [{ currency: 'EUR', total_cents: 120, completed_at: `${day}T10:00:00.000Z` }];
const ofTheDay = [{ currency: 'EUR', gross_cents: 120, orders: 1 }];

interface Report {
  slice?: string;
  items?: object[];
  as_of?: string | null;
  lag_seconds?: number | null;
}

let gateway: HttpFake;
let reports: Report[];
let placed: object[];

beforeEach(async () => {
  placed = orders;
  gateway = await startHttpFake(({ path }, response) => {
    if (path.startsWith('/orders')) return void response.end(JSON.stringify({ items: placed, next_cursor: null }));
    const { slice = service, items = ofTheDay, as_of = `${day}T10:00:00.000Z`, lag_seconds = 0.25 } = reports.shift()!;
    response.writeHead(200, slice === '' ? {} : { 'atlas-slice': slice });
    response.end(JSON.stringify({ items, as_of, lag_seconds, totals: [], next_cursor: null }));
  });
});
afterEach(() => gateway.close());

const client = () =>
  createPatientClient({ baseUrl: gateway.url, name: 'The gateway', clock: Date.now, random: () => 0 });

describe('the revenue of the day', () => {
  it('is read until the projection has the sum of the orders', async () => {
    reports = [{ items: [], as_of: null, lag_seconds: null }, {}];
    expect(await checkDayRevenue(client(), { day })).toMatchObject({ rows: ofTheDay, lagMs: 250 });
  });

  it.each(['reports; mode=monolith; by=monolith', 'reports; mode=shadow; by=monolith', ''])(
    'is not that of the projection with "atlas-slice: %s", although body and sum are right',
    async (slice) => {
      // As the monolith answers: as of now, and never late.
      reports = [{ slice, lag_seconds: 0 }];
      await expect(checkDayRevenue(client(), { day })).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        message: expect.stringContaining('PUT /operator/slices/reports'),
      });
    },
  );
});

describe('a reporting service in a system that has a past', () => {
  it('lacks its history when it has counted nothing and there are completed orders', async () => {
    reports = [{ items: [], as_of: null, lag_seconds: null }];
    expect(await lacksHistory(client())).toBe(true);
  });

  it('does not when it has counted something, or when nothing was ever completed', async () => {
    reports = [{ items: [] }];
    expect(await lacksHistory(client())).toBe(false);
    placed = [{ ...orders[0], completed_at: null }];
    reports = [{ items: [], as_of: null, lag_seconds: null }];
    expect(await lacksHistory(client())).toBe(false);
  });

  it('cannot be told from what the monolith says', async () => {
    reports = [{ slice: 'reports; mode=monolith; by=monolith', lag_seconds: 0 }];
    await expect(lacksHistory(client())).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });
});

leakCheck();
