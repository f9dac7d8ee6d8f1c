import { createIdentityIssuer } from '@atlas/platform';
import type { JWK } from 'jose';

/** A signed-in user with some history. */
export interface Shopper {
  readonly cookie: string;
  readonly tenantId: string;
  readonly userId: string;
}

type Environment = Readonly<Record<string, string>>;

const ordersEach = 5;
const password = 'correct horse battery staple';

/** Signs up tenants whose feeds have something to show. Resolves when the services have heard of all of it. */
export async function openShoppers(env: Environment, count: number): Promise<Shopper[]> {
  const shoppers: Shopper[] = [];
  for (let index = 0; index < count; index += 1) shoppers.push(await openShopper(env, index));
  for (const shopper of shoppers) await untilFeedIsComplete(env, shopper);
  return shoppers;
}

/** Switches a slice to a mode, as an operator does. */
export async function setMode(env: Environment, slice: string, mode: string): Promise<void> {
  const credentials = { email: env['OPERATOR_EMAIL']!, password: env['OPERATOR_PASSWORD']! };
  const session = await call(env, 'POST', '/session', { body: credentials });
  const body = { mode, reason: `benchmark: ${mode}` };
  await call(env, 'PUT', `/operator/slices/${slice}`, { cookie: session.cookie, body });
}

/** Who calls a service as the gateway does. The tokens are good for a minute. */
export function serviceTokens(env: Environment, audience: string): (shopper: Shopper) => Promise<string> {
  const keys = JSON.parse(env['IDENTITY_SIGNING_KEYS']!) as JWK[];
  const issuer = createIdentityIssuer({ keys, clock: () => new Date() });
  return ({ tenantId, userId }) => issuer.issue({ tenantId, userId, roles: ['owner'], audience });
}

/** What GET answers with this cookie. */
export async function read(env: Environment, path: string, cookie: string): Promise<unknown> {
  return (await call(env, 'GET', path, { cookie })).body;
}

async function openShopper(env: Environment, index: number): Promise<Shopper> {
  const email = `shopper-${index}@bench.example`;
  const account = { tenant_name: `Shop ${index}`, user_name: 'Ada', email, password };
  const { body, cookie } = await call(env, 'POST', '/tenants', { body: account });
  const { tenant, user } = body as { tenant: { tenant_id: string }; user: { user_id: string } };
  for (let number = 0; number < ordersEach; number += 1) {
    const lines = [{ sku: `sku-${number}`, qty: 2, unit_price: '4.95' }];
    const placed = await call(env, 'POST', '/orders', { cookie, body: { currency: 'EUR', lines } });
    const { order_id: orderId } = placed.body as { order_id: string };
    await call(env, 'POST', `/orders/${orderId}/complete`, { cookie });
  }
  return { cookie, tenantId: tenant.tenant_id, userId: user.user_id };
}

async function untilFeedIsComplete(env: Environment, { cookie }: Shopper): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const { items } = (await read(env, '/feed', cookie)) as { items: unknown[] };
    if (items.length >= ordersEach) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The feed of a shopper is not complete after 60 s.');
}

/** One request to the gateway; rejects for an answer that is no success. */
export async function call(
  env: Environment,
  method: string,
  path: string,
  { body, cookie = '' }: { body?: object; cookie?: string },
): Promise<{ body: unknown; cookie: string }> {
  const answer = await fetch(`${env['GATEWAY_URL']}${path}`, {
    method,
    headers: { cookie, 'sec-fetch-site': 'same-origin', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  const [set] = answer.headers.getSetCookie();
  return { body: JSON.parse(text), cookie: set?.split(';')[0] ?? cookie };
}
