import { eventually, leakCheck, startTcpProxy, type TcpProxy } from '@atlas/testing';
import { type BillingKit, openBillingKit, type Service } from '../../test/billing-kit.ts';
import { moneyOf, newCustomer, patient, untilQuiet } from '../../test/checkout.ts';

const checkouts = 15;
let kit: BillingKit;
let proxy: TcpProxy;
let service: Service;

beforeAll(async () => {
  kit = await openBillingKit();
  proxy = await startTcpProxy(kit.sandboxUrl);
});
beforeEach(async () => {
  service = await kit.start({ config: { PAYMENT_SANDBOX_URL: proxy.url, PAYMENT_TIMEOUT_MS: 1_000 } });
});
afterEach(() => service.stop());
afterAll(async () => {
  await proxy.close();
  await kit.close();
});

/** The sum of a metric over all label sets that the pattern matches. */
async function metric(pattern: RegExp): Promise<number> {
  const lines = (await service.metrics.registry.metrics()).split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
const asked = (operation: string) =>
  metric(new RegExp(`^atlas_payment_call_seconds_count.*operation="${operation}".*outcome="unavailable"`));

it.each<[string, () => Promise<void> | void]>([
  ['refuses connections', () => proxy.cut()],
  ['cuts every connection', () => proxy.slam()],
  ['never answers', () => proxy.freeze()],
])('a provider that %s delays charges, and nothing else', async (_name, goAway) => {
  const customer = newCustomer(kit, service);
  await goAway();
  const ids = await Promise.all(Array.from({ length: checkouts }, () => customer.checkout()));
  // It is left alone, and asked from time to time whether it is back; not by the messages.
  await eventually(async () => (await asked('ping')) >= 4, patient);
  const [tries, retried] = [await asked('find_payment'), await metric(/^atlas_events_retried_total/)];
  await eventually(async () => (await asked('ping')) >= 6, patient);
  expect(await asked('find_payment')).toBeLessThan(tries + checkouts);
  expect(await metric(/^atlas_events_retried_total/)).toBeLessThan(retried + checkouts);
  expect((await fetch(`${service.url}/health/ready`, { headers: { connection: 'close' } })).status).toBe(200);
  expect(await customer.statusOf(await customer.checkout())).toBe('requested');

  await proxy.restore();
  await Promise.all(ids.map((id) => customer.until(id, 'succeeded')));
  await untilQuiet(kit);
  for (const id of ids) expect(await moneyOf(kit, id)).toEqual({ charged: 4900, refunded: 0 });
  expect((await kit.depth()).dead).toBe(0);
  expect(await metric(/^atlas_payment_circuit_open/)).toBe(0);
});

leakCheck();
