import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, leakCheck } from '@atlas/testing';
import { order, startSandbox } from '../test/sandbox-under-test.ts';

const dir = mkdtempSync(join(tmpdir(), 'atlas-payments-'));
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.stop());
afterAll(() => rmSync(dir, { recursive: true }));

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('a payment', () => {
  it.each([
    ['pm_card_visa', { status: 'succeeded' }],
    ['pm_card_declined', { status: 'declined', reason: 'generic_decline' }],
    ['pm_card_insufficient_funds', { status: 'declined', reason: 'insufficient_funds' }],
    ['pm_usBankAccount_success', { status: 'pending' }],
  ])('with %s is %j', async (payment_method, expected) => {
    const answer = await sandbox.pay('ch_1', { payment_method });
    expect(answer.status).toBe(201);
    expect(await json(answer)).toMatchObject({ ...order, payment_method, ...expected });
  });

  it('is made once per key, however often it is asked for, and is found by its metadata', async () => {
    const answers = await Promise.all([1, 2, 3].map(async () => json(await sandbox.pay('ch_1'))));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    const { items } = await sandbox.get('/payments?charge_id=ch_1');
    expect(items).toEqual([{ ...answers[0], refunds: [] }]);
    expect(await sandbox.get('/payments?charge_id=ch_2')).toEqual({ items: [] });
  });

  it('is made again when the key has been forgotten: that is for the caller to prevent', async () => {
    await sandbox.pay('ch_1');
    await sandbox.post('/forget-keys', {});
    await sandbox.pay('ch_1');
    expect(await sandbox.get('/ledger')).toMatchObject({
      charged_twice: ['ch_1'],
      totals: [{ currency: 'EUR', charged_cents: 9800, refunded_cents: 0, net_cents: 9800 }],
    });
  });

  it('forgets a key after a day', async () => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const aged = await startSandbox({ clock: () => new Date(now) });
    try {
      await aged.pay('ch_1');
      now += 24 * 60 * 60 * 1000 - 1;
      expect((await aged.pay('ch_1')).headers.get('idempotent-replayed')).toBe('true');
      now += 1;
      expect((await aged.pay('ch_1')).headers.get('idempotent-replayed')).toBeNull();
    } finally {
      await aged.stop();
    }
  });

  it.each([
    ['a key that asked something else', 422, 'IDEMPOTENCY_KEY_REUSED', { amount_cents: 1 }],
    ['an unknown payment method', 422, 'PAYMENT_METHOD_UNKNOWN', { payment_method: 'pm_nobody', key: 'new' }],
    ['a currency that does not exist', 422, 'CURRENCY_NOT_SUPPORTED', { currency: 'XQQ', key: 'new' }],
    ['a negative amount', 400, 'INVALID_BODY', { amount_cents: -4900, key: 'new' }],
    ['no amount', 400, 'INVALID_BODY', { amount_cents: 0, key: 'new' }],
    ['part of a cent', 400, 'INVALID_BODY', { amount_cents: 0.5, key: 'new' }],
    ['no key', 400, 'IDEMPOTENCY_KEY_REQUIRED', { key: '' }],
  ])(
    'is refused for %s, and nothing is noted',
    async (_name, status, code, { key = 'ch_1', ...body }: Record<string, unknown>) => {
      await sandbox.pay('ch_1');
      const answer = await sandbox.pay(key as string, body);
      expect(answer.status).toBe(status);
      expect(await json(answer)).toMatchObject({ code });
      expect((await sandbox.get('/ledger')).payments).toHaveLength(1);
    },
  );
});

describe('a refund', () => {
  const paid = async (payment_method = 'pm_card_visa') => json(await sandbox.pay('ch_1', { payment_method }));
  const refund = async (id: unknown, key: string, body = {}) =>
    sandbox.post(`/payments/${id}/refunds`, { metadata: { charge_id: 'ch_1' }, ...body }, { 'idempotency-key': key });

  it('gives back what is left, once', async () => {
    const { id } = await paid();
    const first = await json(await refund(id, 'r1'));
    expect(first).toMatchObject({ status: 'succeeded', amount_cents: 4900, payment_id: id });
    expect(await json(await refund(id, 'r1'))).toEqual(first);
    expect(await json(await refund(id, 'r2'))).toMatchObject({ code: 'ALREADY_REFUNDED', status: 422 });
    expect(await sandbox.get('/ledger')).toMatchObject({ totals: [{ net_cents: 0, refunded_cents: 4900 }] });
  });

  it('is refused when there is no such money', async () => {
    expect((await refund('pi_nobody', 'r0')).status).toBe(422);
    const { id } = await paid();
    expect(await json(await refund(id, 'r1', { amount_cents: 4901 }))).toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    expect((await sandbox.get('/ledger')).refunds).toEqual([]);
  });

  it('is refused as the payment method wants it, until it is told otherwise; the same question has the same answer', async () => {
    const { id } = await paid('pm_card_refund_refused');
    expect(await json(await refund(id, 'r1'))).toMatchObject({ status: 'refused', reason: 'refund_refused' });
    await sandbox.behave({ accept_refunds: true });
    expect(await json(await refund(id, 'r1'))).toMatchObject({ status: 'refused' });
    expect(await json(await refund(id, 'r2'))).toMatchObject({ status: 'succeeded' });
    expect(await sandbox.get('/ledger')).toMatchObject({ totals: [{ net_cents: 0, refunded_cents: 4900 }] });
  });
});

describe('trouble', () => {
  const tryToPay = (key: string, body = {}) =>
    sandbox.pay(key, body).then(
      ({ status }) => status,
      () => 'cut',
    );

  it('comes as asked for: before anything was done, or after', async () => {
    await sandbox.behave({ fail_next: ['error', 'throttled', 'cut', 'error_after', 'cut_after'] });
    const seen = [];
    for (let i = 1; i <= 5; i += 1) seen.push(await tryToPay(`ch_${i}`));
    expect(seen).toEqual([500, 429, 'cut', 500, 'cut']);
    const { payments } = await sandbox.get('/ledger');
    expect(payments.map(({ metadata }: { metadata: object }) => metadata)).toEqual([
      { charge_id: 'ch_4' },
      { charge_id: 'ch_5' },
    ]);
    expect((await sandbox.pay('ch_4')).headers.get('idempotent-replayed')).toBe('true');
  });

  it('comes in the share that was asked for', async () => {
    await sandbox.behave({ failure_rate: 1, failures: ['error'] });
    expect(await tryToPay('ch_1')).toBe(500);
    await sandbox.behave({ failure_rate: 0 });
    expect(await tryToPay('ch_1')).toBe(201);
    expect((await sandbox.behave({ failure_rate: 1.5 })).status).toBe(400);
  });

  it('belongs to some payment methods: the first call fails before, or is never answered after', async () => {
    expect(await tryToPay('ch_1', { payment_method: 'pm_card_error_then_success' })).toBe(500);
    expect((await sandbox.get('/ledger')).payments).toEqual([]);
    expect(await tryToPay('ch_1', { payment_method: 'pm_card_error_then_success' })).toBe(201);

    const body = { ...order, payment_method: 'pm_card_timeout_then_success', metadata: {} };
    const giveUp = new AbortController();
    const silent = fetch(`${sandbox.url}/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'ch_2' },
      body: JSON.stringify(body),
      signal: giveUp.signal,
    });
    await eventually(async () => (await sandbox.get('/ledger')).payments.length === 2);
    giveUp.abort();
    await expect(silent).rejects.toThrow();
    const answer = await sandbox.pay('ch_2', body);
    expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect((await sandbox.get('/ledger')).payments).toHaveLength(2);
  });
});

it('settles what is pending later, once', async () => {
  await sandbox.behave({ settle_after_ms: null });
  const { id } = await json(await sandbox.pay('ch_1', { payment_method: 'pm_usBankAccount_success' }));
  const settle = async () => json(await sandbox.post(`/ledger/${id}/settle`, {}));
  const settled = await settle();
  expect(settled).toMatchObject({ status: 'succeeded', settled_at: expect.any(String) });
  expect(await settle()).toEqual(settled);
  expect((await sandbox.post('/ledger/pi_nobody/settle', {})).status).toBe(404);
});

it('keeps its ledger and its keys over a kill, and cuts off a line that the kill has torn', async () => {
  const before = await startSandbox({ dir });
  const first = await json(await before.pay('ch_1'));
  const refund = { metadata: {} };
  await before.post(`/payments/${first['id']}/refunds`, refund, { 'idempotency-key': 'r1' });
  const ledger = await before.get('/ledger');
  await before.stop();
  appendFileSync(join(dir, 'ledger.ndjson'), '[{"fact":"payment","payment":{"id":"pi_torn"');

  const after = await startSandbox({ dir });
  expect(await after.get('/ledger')).toEqual(ledger);
  expect(await json(await after.pay('ch_1'))).toEqual(first);
  await after.pay('ch_2');
  await after.stop();
  const last = await startSandbox({ dir });
  expect((await last.get('/ledger')).payments).toHaveLength(2);
  await last.stop();
});

it('shows its ledger to people, and takes nothing in a name for markup', async () => {
  await sandbox.pay('ch_1', { metadata: { charge_id: '<script>alert(1)</script>', account_id: "o'brien" } });
  const page = await sandbox.text('/');
  expect(page).toContain('€49.00');
  expect(page).toContain('&#60;script&#62;alert(1)');
  expect(page).not.toContain('<script>alert');
  expect(page).not.toContain('Charged twice');
});

leakCheck();
