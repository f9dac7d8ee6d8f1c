import { createMetrics } from '@atlas/platform';
import { createProjectionOperations, createProjections } from '@atlas/projections';
import { captureLogs, eventually, leakCheck, type ServiceClient } from '@atlas/testing';
import { v7 } from 'uuid';
import { type About, eventOf } from '../test/events.ts';
import { newTenant, openReportingKit, type ReportingKit, type Service } from '../test/reporting-kit.ts';
import { projections } from './projections.ts';

let kit: ReportingKit;
let service: Service;
let operations: ReturnType<typeof createProjectionOperations>;
let made: ReturnType<typeof createProjections>;
const tenant = newTenant();
let ask: ServiceClient;

beforeAll(async () => {
  kit = await openReportingKit();
  service = await kit.start();
  ask = service.as(tenant);
  const { logger } = captureLogs();
  const shared = { dynamo: kit.dynamo, prefix: kit.prefix, logger, clock: () => new Date() };
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  made = createProjections({ ...shared, projections, metrics, random: Math.random });
  operations = createProjectionOperations({ ...shared, projections: made, newId: v7 });
});

afterAll(async () => {
  await service.stop();
  await kit.close();
});

const order = (completed_at: string, about: About = {}) =>
  eventOf('order.completed.v1', { completed_at, total_cents: 100 }, { tenantId: tenant, ...about });
const path = '/reports/revenue?from=2010-12-01&to=2010-12-31&limit=1';
const page = async (cursor: string) => ask('GET', `${path}&cursor=${cursor}`);

describe('who pages through a report', () => {
  it('goes on with the figures that the first page was made of, until these are gone', async () => {
    await kit.count(order('2010-12-01T00:00:00Z'), order('2010-12-02T00:00:00Z'));
    const first = (await ask('GET', path)).body;
    const before = (await made.control.read())!.projections['revenue-daily']!.live!;

    expect((await operations.rebuilds.rebuild('revenue-daily')).outcome).toBe('switched');
    const { live, previous } = (await made.control.read())!.projections['revenue-daily']!;
    expect([live === before, previous]).toEqual([false, before]);
    // What comes after the switch is not in what was live before it.
    await kit.count(order('2010-12-02T12:00:00Z', { timestamp: '2026-11-22T09:00:00.000Z' }));
    const second = await page(first.next_cursor);
    expect(second.body.items).toMatchObject([{ date: '2010-12-02', orders: 1 }]);
    expect(second.body.totals).toEqual(first.totals);
    expect([second.body.as_of, second.headers.get('atlas-as-of')]).toEqual([first.as_of, first.as_of]);
    expect(second.body.lag_seconds).toBe(first.lag_seconds);
    const fresh = (await ask('GET', path)).body;
    expect(fresh).toMatchObject({ totals: [{ orders: 3 }], as_of: '2026-11-22T09:00:00.000Z' });

    await operations.drop(before);
    expect(await page(first.next_cursor)).toMatchObject({ status: 410, body: { code: 'CURSOR_EXPIRED' } });
  });
});

describe('a projection that is there for the first time', () => {
  it('is a 503 that says when to ask again, until the running service has built it; the others are answered', async () => {
    // As after a deployment that declares one more: the control does not know it. Nothing of it was ever counted here.
    await made.control.change((state) => {
      const { 'charges-daily': _gone, ...rest } = state!.projections;
      return { control: { ...state!, projections: rest } };
    });
    const refused = await ask('GET', '/reports/charges');
    expect(refused).toMatchObject({ status: 503, body: { code: 'PROJECTION_BUILDING' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const deployed = await kit.start();
    try {
      expect((await ask('GET', '/reports/revenue')).status).toBe(200);
      await eventually(async () => (await ask('GET', '/reports/charges')).status === 200, { timeoutMs: 40_000 });
    } finally {
      await deployed.stop();
    }
  });

  it('is gone when an operator has retired it, and nobody is told to come again', async () => {
    await made.control.change((state) => {
      const { highest, discarded } = state!.projections['charges-daily']!;
      const retired = { highest, discarded, retired: true as const };
      return { control: { ...state!, projections: { ...state!.projections, 'charges-daily': retired } } };
    });
    const refused = await ask('GET', '/reports/charges');
    expect(refused).toMatchObject({ status: 410, body: { code: 'PROJECTION_RETIRED' } });
    expect(refused.headers.get('retry-after')).toBeNull();
    expect((await ask('GET', '/reports/revenue')).status).toBe(200);
  });
});

leakCheck();
