import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A request that did not end with the answer it should have had. */
export interface Failure {
  readonly request: string;
  /** The status, or why there was no answer at all. */
  readonly outcome: number | string;
  /** Which replica had it and when it was sent there, when the balancer says so. */
  readonly replica: string | undefined;
  readonly sentAt: number | undefined;
  /** The beginning of what was answered. */
  readonly detail?: string;
}

export interface BusyUsers {
  /** Requests that were answered so far. */
  answered(): number;
  /** Stops sending, waits for the last answers, and returns what went wrong. */
  stop(): Promise<Failure[]>;
  /** How many of the users are still signed in; asked now. */
  signedIn(): Promise<number>;
}

/** One machine sends what many would: the limits stay, but beyond what it reaches. */
export const limitsForBusyUsers = {
  SIGN_UPS_PER_HOUR: '100000',
  RATE_LIMIT_USER_PER_MINUTE: '10000000',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '10000000',
};

/** One request of a user, sent once; its body when it had the answer that was expected, else undefined and a failure. */
export type Ask = (request: string, expected: number, body?: object) => Promise<Record<string, unknown> | undefined>;

/** What a user does for the n-th time. */
export type Visit = (ask: Ask, number: number, user: number) => Promise<void>;

const password = 'correct horse battery staple';

/**
 * Signs up `count` users and lets each send requests without pause, never one again that has failed: what `visit` says, else
 * three reads and a write in turn. Resolves when all are signed in and send.
 */
export async function startBusyUsers(
  url: string,
  options: { count: number; pauseMs?: number; visit?: Visit },
): Promise<BusyUsers> {
  const { count, pauseMs = 0, visit = readAndWrite } = options;
  const cookies = await inTurns(count, 4, (index) => signUp(url, `busy-${Date.now()}-${index}@example.com`));
  const failures: Failure[] = [];
  let answered = 0;
  let told = false;

  const asksAs =
    (cookie: string): Ask =>
    async (request, expected, body) => {
      const answer = await ask(url, request, cookie, body && JSON.stringify(body), expected);
      if ('outcome' in answer) return void failures.push(answer);
      answered += 1;
      return answer.body;
    };
  const running = cookies.map(async (cookie, user) => {
    for (let number = 0; !told; number += 1) {
      await visit(asksAs(cookie), number, user);
      if (pauseMs > 0) await delay(pauseMs);
    }
  });
  return {
    answered: () => answered,
    async stop() {
      told = true;
      await Promise.all(running);
      return failures;
    },
    async signedIn() {
      const answers = await inTurns(count, 8, (index) => ask(url, 'GET /session', cookies[index]!, undefined, 200));
      return answers.filter((answer) => 'body' in answer).length;
    },
  };
}

/** An order of one line. */
export const order = { currency: 'EUR', lines: [{ sku: 'tea', qty: 1, unit_price: '4.95' }] };

const readAndWrite: Visit = async (ask, number) => {
  if (number % 4 === 3) await ask('POST /orders', 201, order);
  else await ask('GET /orders', 200);
};

async function ask(
  url: string,
  request: string,
  cookie: string,
  body: string | undefined,
  expected: number,
): Promise<Failure | { body: Record<string, unknown> }> {
  const [method, path] = request.split(' ');
  try {
    const answer = await fetch(`${url}${path}`, {
      method: method!,
      headers: {
        cookie,
        'sec-fetch-site': 'same-origin',
        ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      ...(body && { body }),
    });
    const text = await answer.text();
    if (answer.status === expected) return { body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
    const sentAt = answer.headers.get('x-sent-at');
    return {
      request,
      outcome: answer.status,
      replica: answer.headers.get('x-replica') ?? undefined,
      sentAt: sentAt === null ? undefined : Number(sentAt),
      detail: text.slice(0, 300),
    };
  } catch (error) {
    return { request, outcome: String((error as Error).cause ?? error), replica: undefined, sentAt: undefined };
  }
}

async function signUp(url: string, email: string): Promise<string> {
  const answer = await fetch(`${url}/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant_name: email, user_name: 'Busy', email, password }),
  });
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
  return answer.headers.getSetCookie()[0]!.split(';')[0]!;
}

/** Runs `work` for 0 to count - 1, at most `atOnce` at a time, and returns the results in order. */
async function inTurns<T>(count: number, atOnce: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of numbers) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
