import { setTimeout as delay } from 'node:timers/promises';

/** A request that did not end with the answer it should have had. */
export interface Failure {
  readonly request: string;
  /** The status, or why there was no answer at all. */
  readonly outcome: number | string;
  /** Which replica had it and when it was sent there, when the balancer says so. */
  readonly replica: string | undefined;
  readonly sentAt: number | undefined;
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

const password = 'correct horse battery staple';

/**
 * Signs up `count` users and lets each send requests without pause, a read and a write in turn, never one again that has
 * failed. Resolves when all are signed in and send.
 */
export async function startBusyUsers(url: string, options: { count: number; pauseMs?: number }): Promise<BusyUsers> {
  const { count, pauseMs = 0 } = options;
  const cookies = await inTurns(count, 4, (index) => signUp(url, `busy-${Date.now()}-${index}@example.com`));
  const failures: Failure[] = [];
  let answered = 0;
  let told = false;

  const send = async (cookie: string, number: number): Promise<void> => {
    const writes = number % 4 === 3;
    const request = writes ? 'POST /orders' : 'GET /orders';
    const failure = await ask(url, request, cookie, writes ? order : undefined, writes ? 201 : 200);
    if (failure === undefined) answered += 1;
    else failures.push(failure);
  };
  const running = cookies.map(async (cookie) => {
    for (let number = 0; !told; number += 1) {
      await send(cookie, number);
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
      const failed = await inTurns(count, 8, (index) => ask(url, 'GET /session', cookies[index]!, undefined, 200));
      return failed.filter((failure) => failure === undefined).length;
    },
  };
}

const order = JSON.stringify({ currency: 'EUR', lines: [{ sku: 'tea', qty: 1, unit_price: '4.95' }] });

async function ask(
  url: string,
  request: string,
  cookie: string,
  body: string | undefined,
  expected: number,
): Promise<Failure | undefined> {
  const [method, path] = request.split(' ');
  try {
    const answer = await fetch(`${url}${path}`, {
      method: method!,
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body }),
    });
    await answer.arrayBuffer();
    if (answer.status === expected) return undefined;
    const sentAt = answer.headers.get('x-sent-at');
    return {
      request,
      outcome: answer.status,
      replica: answer.headers.get('x-replica') ?? undefined,
      sentAt: sentAt === null ? undefined : Number(sentAt),
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
