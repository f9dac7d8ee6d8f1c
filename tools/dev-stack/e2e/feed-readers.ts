/** One answer to a reader of the feed. */
export interface FeedAnswer {
  readonly tenant: number;
  readonly status: number;
  readonly by: string | undefined;
  /** The step that every replica had followed when it was asked and when it answered; undefined in between. */
  readonly step: number | undefined;
}

export interface SliceDetail {
  readonly reason: string;
  readonly since_change: { readonly comparisons: { readonly compared: number; readonly mismatch: number } };
  readonly mismatches: readonly unknown[];
}

export interface FeedLoad {
  /** How many answers a step has had. */
  answersIn(step: number): Promise<number>;
  stop(): Promise<FeedAnswer[]>;
}

export interface Readers {
  /** Lets every tenant read its feed without pause. */
  start(): FeedLoad;
  /** Changes the mode of the feed and resolves when every replica has had the second to follow that is promised. */
  change(body: { mode: string; percent?: number; reason: string }): Promise<void>;
  slice(): Promise<SliceDetail>;
  /** Comparisons since the last change. */
  compared(): Promise<number>;
}

type Environment = Record<string, string>;

const password = 'correct horse battery staple';
const ordersEach = 3;
/** What the API promises: every replica follows within a second. */
const followedAfterMs = 1_000;

/** Signs up tenants with some orders each, and the operator. Resolves when the service has heard of all of it. */
export async function openReaders(env: Environment, options: { tenants: number }): Promise<Readers> {
  const operator = await signIn(env);
  const cookies: string[] = [];
  for (let tenant = 0; tenant < options.tenants; tenant += 1) cookies.push(await openTenant(env, tenant));
  let step: number | undefined;
  let changes = 0;

  const slice = async () => (await call(env, operator, 'GET', '/operator/slices/feed')).body as unknown as SliceDetail;
  return {
    slice,
    compared: async () => (await slice()).since_change.comparisons.compared,
    async change(body) {
      step = undefined;
      const { status } = await call(env, operator, 'PUT', '/operator/slices/feed', body);
      if (status !== 200) throw new Error(`the change was answered with ${status}`);
      // Not a wait for something that could be seen: the promise is this second, and it is what is tested.
      await new Promise((resolve) => setTimeout(resolve, followedAfterMs));
      step = changes;
      changes += 1;
    },
    start() {
      const answers: FeedAnswer[] = [];
      let told = false;
      const running = cookies.map(async (cookie, tenant) => {
        while (!told) {
          const before = step;
          const { status, headers } = await call(env, cookie, 'GET', '/feed');
          const by = /by=(\w+)/.exec(headers.get('atlas-slice') ?? '')?.[1];
          answers.push({ tenant, status, by, step: before === step ? step : undefined });
        }
      });
      return {
        answersIn: async (wanted) => answers.filter((answer) => answer.step === wanted).length,
        async stop() {
          told = true;
          await Promise.all(running);
          return answers;
        },
      };
    },
  };
}

async function openTenant(env: Environment, number: number): Promise<string> {
  const email = `reader-${number}-${Date.now()}@example.com`;
  const signUp = { tenant_name: `Readers ${number}`, user_name: 'Ada', email, password };
  const cookie = cookieOf(await call(env, undefined, 'POST', '/tenants', signUp));
  for (let order = 0; order < ordersEach; order += 1) {
    const lines = [{ sku: `tea-${order}`, qty: order + 1, unit_price: '4.95' }];
    const placed = await call(env, cookie, 'POST', '/orders', { currency: 'EUR', lines });
    await call(env, cookie, 'POST', `/orders/${String(placed.body['order_id'])}/complete`, {});
  }
  return cookie;
}

async function signIn(env: Environment): Promise<string> {
  const body = { email: env['OPERATOR_EMAIL'], password: env['OPERATOR_PASSWORD'] };
  return cookieOf(await call(env, undefined, 'POST', '/session', body));
}

function cookieOf({ status, headers }: { status: number; headers: Headers }): string {
  const [cookie] = headers.getSetCookie();
  if (!cookie) throw new Error(`no session, but ${status}`);
  return cookie.split(';')[0]!;
}

async function call(env: Environment, cookie: string | undefined, method: string, path: string, body?: object) {
  const answer = await fetch(`${env['GATEWAY_URL']}${path}`, {
    method,
    headers: {
      'sec-fetch-site': 'same-origin',
      ...(cookie && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}
