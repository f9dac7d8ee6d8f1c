import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { createPatientClient, expectStatus, type PatientClient } from '../src/demo/patient-client.ts';

/** A tenant that pays, seen through the public API. */
export interface Customer {
  readonly accountId: string;
  readonly client: PatientClient;
  /** Asks for a charge, again and again until it is accepted; returns its id. The key makes that repeatable. */
  checkout(key: string, wish: { plan: string; method: string }): Promise<string>;
}

/** Signs a tenant up; its client lives through whatever dies. */
export async function openCustomer(env: Record<string, string>, name: string): Promise<Customer> {
  const client = createPatientClient({
    ...{ baseUrl: env['GATEWAY_URL']!, name: 'the gateway', clock: Date.now, random: Math.random },
    patienceMs: 90_000,
  });
  const post = async (path: string, idempotencyKey: string, body: object, status: number) =>
    expectStatus(
      await client.send({ method: 'POST', path, idempotencyKey, body: JSON.stringify(body) }),
      `POST ${path}`,
      status,
    ).body;
  const owner = { email: `owner@${name}.example`, password: 'correct horse battery staple' };
  const account = await post('/tenants', `${name}-sign-up`, { tenant_name: name, user_name: 'Ada', ...owner }, 201);
  return {
    accountId: account.tenant.tenant_id,
    client,
    async checkout(key, { plan, method }) {
      const body = { plan_id: plan, payment_method: method, currency: 'EUR' };
      return (await post('/billing/charges', `${name}-${key}`, body, 202)).charge_id;
    },
  };
}

/** What three independent books say about one charge. */
export interface ChargeBooks {
  readonly chargeId: string;
  /** Billing's event store, as the history tells it. */
  readonly events: readonly { readonly type: string; readonly cents: number }[];
  /** Billing's own summary of them. */
  readonly status: string | undefined;
  /** The provider's ledger. */
  readonly provider: { readonly payments: number; readonly paidCents: number; readonly refundedCents: number };
  /** Subscription's table: the one outcome, with what was activated for how much. */
  readonly outcome: { readonly kind: string; readonly cents: number } | undefined;
}

/**
 * The books of every charge of these customers, and every version of their streams. What a charge has come to is read before
 * the books, so that those of a charge that was at its end are whole.
 */
export async function readBooks(env: Record<string, string>, customers: readonly Customer[]) {
  const states = new Map((await Promise.all(customers.map(({ client }) => statesOf(client)))).flat());
  const [ledger, outcomes, accounts] = await Promise.all([
    ledgerOf(env),
    outcomesOf(env),
    Promise.all(customers.map(({ client }) => historyOf(client))),
  ]);
  const charges = accounts.flatMap((facts) => {
    const ofCharge = Map.groupBy(facts, ({ payload }) => String(payload['charge_id']));
    return [...ofCharge].map(([chargeId, events]): ChargeBooks => ({
      ...{ chargeId, status: states.get(chargeId), outcome: outcomes.get(chargeId) },
      events: events.map(({ type, payload }) => ({ type, cents: Number(payload['amount_cents'] ?? 0) })),
      provider: providersSide(ledger, chargeId),
    }));
  });
  return {
    charges,
    versions: accounts.map((facts) => facts.map(({ version }) => version)),
    chargedTwice: ledger.charged_twice,
    totals: ledger.totals,
  };
}

/** In words what is wrong with a charge; nothing when all books agree and it is final. */
export function disagreements({ chargeId, events, status, provider, outcome }: ChargeBooks): string[] {
  const sum = (type: string) =>
    events.filter((event) => event.type === type).reduce((all, { cents }) => all + cents, 0);
  const [asked, taken, givenBack] = ['charge.requested', 'charge.succeeded', 'charge.reversed'].map(sum);
  const { payments, paidCents, refundedCents } = provider;
  const expected = {
    confirmed: { taken: asked, givenBack: 0, activated: asked, kind: 'activated' },
    reversed: {
      taken: asked,
      givenBack: asked,
      activated: 0,
      kind: outcome?.kind === 'activated' ? 'failed' : outcome?.kind,
    },
    failed: { taken: 0, givenBack: 0, activated: 0, kind: undefined },
  }[status ?? ''];
  const books = JSON.stringify({ status, asked, taken, givenBack, provider, outcome });
  if (expected === undefined) return [`${chargeId} is not final: ${books}`];
  const isRight =
    taken === expected.taken &&
    givenBack === expected.givenBack &&
    paidCents === taken &&
    refundedCents === givenBack &&
    payments === (expected.taken === 0 ? 0 : 1) &&
    outcome?.kind === expected.kind &&
    (outcome?.cents ?? 0) === expected.activated;
  return isRight ? [] : [`${chargeId}: ${books}`];
}

interface Fact {
  readonly version: number;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

async function historyOf(client: PatientClient): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (let after: number | null = 0; after !== null;) {
    const { body } = expectStatus(
      await client.send({ method: 'GET', path: `/billing/history?limit=1000&after=${after}` }),
      'GET /billing/history',
      200,
    );
    facts.push(...body.items);
    after = body.next_after;
  }
  return facts;
}

async function statesOf(client: PatientClient): Promise<[chargeId: string, status: string][]> {
  const states: [string, string][] = [];
  for (let cursor: string | null = '', first = true; first || cursor; first = false) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const answer = await client.send({ method: 'GET', path: `/billing/charges?limit=100${query}` });
    const { body } = expectStatus(answer, 'GET /billing/charges', 200);
    for (const { charge_id, status } of body.items) states.push([charge_id, status]);
    cursor = body.next_cursor;
  }
  return states;
}

interface Ledger {
  payments: { status: string; amount_cents: number; metadata: Record<string, string> }[];
  refunds: { status: string; amount_cents: number; metadata: Record<string, string> }[];
  totals: { currency: string; charged_cents: number; refunded_cents: number; net_cents: number }[];
  charged_twice: string[];
}

async function ledgerOf(env: Record<string, string>): Promise<Ledger> {
  return (await (await fetch(`${env['PAYMENT_SANDBOX_URL']}/ledger`)).json()) as Ledger;
}

function providersSide({ payments, refunds }: Ledger, chargeId: string): ChargeBooks['provider'] {
  const moved = (entries: Ledger['payments']) =>
    entries.filter(({ status, metadata }) => status === 'succeeded' && metadata['charge_id'] === chargeId);
  const cents = (entries: Ledger['payments']) =>
    moved(entries).reduce((all, { amount_cents }) => all + amount_cents, 0);
  return { payments: moved(payments).length, paidCents: cents(payments), refundedCents: cents(refunds) };
}

/** The outcomes as they are stored: the answer that was published is kept beside each of them. */
async function outcomesOf(env: Record<string, string>): Promise<Map<string, { kind: string; cents: number }>> {
  const client = new DynamoDBClient({
    region: env['AWS_REGION']!,
    endpoint: env['AWS_ENDPOINT_URL_DYNAMODB']!,
    credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID']!, secretAccessKey: env['AWS_SECRET_ACCESS_KEY']! },
  });
  const dynamo = DynamoDBDocumentClient.from(client);
  try {
    const found = new Map<string, { kind: string; cents: number }>();
    let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
    do {
      const page = await dynamo.send(
        new ScanCommand({ TableName: `${env['ATLAS_PREFIX']}-subscriptions`, ConsistentRead: true, ExclusiveStartKey }),
      );
      for (const item of page.Items ?? []) {
        const { sk, kind, answer } = item as { sk: string; kind: string; answer?: string };
        if (!sk.startsWith('CHARGE#')) continue;
        const published = JSON.parse(answer ?? '{}') as { payload?: { price_cents?: number } };
        found.set(sk.slice('CHARGE#'.length), { kind, cents: published.payload?.price_cents ?? 0 });
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return found;
  } finally {
    client.destroy();
  }
}
