import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { createVisitors, type Send } from './described-visitors.ts';

const owner = { email: 'owner@described.example', password: 'correct horse battery staple' };
const order = { currency: 'EUR', lines: [{ sku: 'tea', qty: 2, unit_price: '4.95' }] };

describe('what the services answer through the gateway is what its API description says', () => {
  let system: System;
  let visitor: () => Send;
  let user: Send;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-described-'));
    system = await startSystem({ dir, mode: 'test', temporary: true });
    visitor = await createVisitors(system.env['GATEWAY_URL']!);
    user = visitor();
    await user('POST', '/tenants', { tenant_name: 'Described', user_name: 'Ada', ...owner });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  async function completeOrder(): Promise<void> {
    const { body } = await user('POST', '/orders', order);
    expect((await user('POST', `/orders/${body.order_id}/complete`)).status).toBe(200);
  }

  test('webhooks, from the first endpoint to its delivery log', async () => {
    const hook = { url: `${system.env['SINK_URL']}/hooks/described`, events: ['order.completed'] };
    const created = await user('POST', '/webhooks/endpoints', hook);
    expect(created).toMatchObject({ status: 201, body: { secret: expect.any(String) } });
    const path = `/webhooks/endpoints/${created.body.endpoint_id}`;
    expect((await user('GET', path)).status).toBe(200);
    expect((await user('GET', '/webhooks/endpoints?limit=1')).body.items).toHaveLength(1);
    expect((await user('PATCH', path, { description: 'ours' })).status).toBe(200);
    expect((await user('POST', `${path}/rotate-secret`)).status).toBe(200);
    expect((await user('POST', `${path}/test`)).status).toBe(202);
    await completeOrder();
    await eventually(async () => (await user('GET', `${path}/deliveries?status=delivered`)).body.items.length === 2);
    expect((await user('PATCH', path, { status: 'off' })).body).toMatchObject({ off_reason: 'owner' });
    expect((await user('POST', `${path}/test`)).status).toBe(409);
    expect((await user('DELETE', path)).status).toBe(204);
    expect((await user('GET', path)).status).toBe(404);
    expect((await user('GET', '/webhooks/endpoints?cursor=x')).status).toBe(400);
  });

  test('the feed, whoever answers it', async () => {
    const operator = visitor();
    const { OPERATOR_EMAIL: email, OPERATOR_PASSWORD: password } = system.env;
    expect((await operator('POST', '/session', { email, password })).status).toBe(200);
    await completeOrder();
    for (const mode of ['service', 'monolith', 'shadow', 'service']) {
      const changed = await operator('PUT', '/operator/slices/feed', { mode, reason: 'compared with its description' });
      expect(changed.status).toBe(200);
      await eventually(async () => (await user('GET', '/feed?limit=2')).body.items.length > 0);
      expect((await user('GET', '/feed?cursor=x')).status).toBe(400);
    }
    expect((await operator('GET', '/operator/slices')).status).toBe(200);
    expect((await operator('GET', '/operator/slices/feed')).status).toBe(200);
  });

  test('the reports, as JSON and as CSV, whoever answers and whoever asks', async () => {
    const customer = visitor();
    const account = { tenant_name: 'Reported', user_name: 'Ada', email: 'owner@reported.example' };
    const signedUp = await customer('POST', '/tenants', { ...account, password: owner.password });
    const { tenant_id: tenantId } = signedUp.body.tenant;
    const { body: draft } = await customer('POST', '/orders', order);
    expect((await customer('POST', `/orders/${draft.order_id}/complete`)).status).toBe(200);
    const purchase = { plan_id: 'team', currency: 'EUR', payment_method: 'pm_card_visa' };
    expect((await customer('POST', '/billing/charges', purchase, { key: 'a-plan-1' })).status).toBe(202);
    const reports = ['revenue', 'skus', 'charges', 'subscriptions', 'sagas'];
    for (const report of reports) {
      await eventually(
        async () => expect((await customer('GET', `/reports/${report}`)).body.items.length).toBeGreaterThan(0),
        { timeoutMs: 30_000 },
      );
      const { body } = await customer('GET', `/reports/${report}`);
      expect(body).toMatchObject({ as_of: expect.any(String), lag_seconds: expect.any(Number) });
      expect((await customer('GET', `/reports/${report}?format=csv`)).body).toMatch(/^\w+(,\w+)+\r\n/);
      for (const wrong of ['from=2026-11-23&to=2026-11-22', 'from=1990-01-01', 'cursor=x', `tenant_id=${tenantId}`]) {
        expect((await customer('GET', `/reports/${report}?${wrong}`)).status).toBe(400);
      }
      expect((await customer('GET', `/operator/reports/${report}`)).status).toBe(403);
    }
    expect((await customer('GET', '/reports/revenue?currency=ABC')).status).toBe(400);

    const operator = visitor();
    const { OPERATOR_EMAIL: email, OPERATOR_PASSWORD: password } = system.env;
    expect((await operator('POST', '/session', { email, password })).status).toBe(200);
    for (const report of reports) {
      const { status, body } = await operator('GET', `/operator/reports/${report}?tenant_id=${tenantId}`);
      expect([status, body.items.length > 0]).toEqual([200, true]);
      const ofAll = await operator('GET', `/operator/reports/${report}`);
      expect(ofAll.status).toBe(report === 'skus' ? 400 : 200);
    }
    for (const mode of ['monolith', 'shadow', 'service']) {
      const changed = await operator('PUT', '/operator/slices/reports', { mode, reason: 'as described' });
      expect(changed.status).toBe(200);
      expect((await customer('GET', '/reports/revenue?interval=month')).body.items).toHaveLength(1);
      expect((await customer('GET', '/reports/revenue?interval=year')).status).toBe(400);
    }
  }, 120_000);
});
