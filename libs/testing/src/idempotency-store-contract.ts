import {
  IdempotencyClaimLostError,
  type IdempotencyBegin,
  type IdempotencyClaim,
  type IdempotencyStore,
  type StoredResponse,
} from '@atlas/platform';

/** What the contract needs from an adapter's test. */
export interface IdempotencyStoreSubject<Tx> {
  /** A store that tells the time by `clock`. */
  createStore(clock: () => Date): IdempotencyStore<Tx>;
  /** Commits what `run` did with `tx`, or nothing of it when `run` throws. */
  inTransaction(run: (tx: Tx) => Promise<void>): Promise<void>;
  /** How long a claim is respected before a retry takes it over (default 30 s). */
  leaseMs?: number;
}

const RESPONSE: StoredResponse = {
  status: 201,
  headers: { location: '/orders/1' },
  body: { total: '12.50', ü: ['✓'] },
};

/**
 * The promises of the IdempotencyStore port as tests: each adapter calls this inside a `describe` of its int spec.
 * `subject` is called in each test, after the hooks of the spec have opened what it needs.
 */
export function idempotencyStoreContract<Tx>(subject: () => IdempotencyStoreSubject<Tx>): void {
  const given = () => contractWorld(subject());

  it('starts a request once and replays its answer from then on', async () => {
    const { store, request, complete } = given();
    const claim = started(await store.begin(request));
    await complete(claim, RESPONSE);
    expect(await store.begin(request)).toEqual({ state: 'replay', response: RESPONSE });
    expect(await store.begin(request)).toEqual({ state: 'replay', response: RESPONSE });
  });

  it('replays an answer without body and headers', async () => {
    const { store, request, complete } = given();
    await complete(started(await store.begin(request)), { status: 204 });
    expect(await store.begin(request)).toEqual({ state: 'replay', response: { status: 204 } });
  });

  it('says in-progress while the first run lasts', async () => {
    const { store, request } = given();
    started(await store.begin(request));
    expect(await store.begin(request)).toEqual({ state: 'in-progress' });
  });

  it('lets exactly one of many simultaneous requests start', async () => {
    const { store, request } = given();
    const begun = await Promise.all(Array.from({ length: 20 }, () => store.begin(request)));
    expect(begun.filter(({ state }) => state === 'started')).toHaveLength(1);
    expect(begun.filter(({ state }) => state === 'in-progress')).toHaveLength(19);
  });

  it('notices another request under the same key, while the first runs and after it', async () => {
    const { store, request, complete } = given();
    const other = { ...request, fingerprint: 'another' };
    const claim = started(await store.begin(request));
    expect(await store.begin(other)).toEqual({ state: 'mismatch' });
    await complete(claim, RESPONSE);
    expect(await store.begin(other)).toEqual({ state: 'mismatch' });
  });

  it('keeps scopes apart', async () => {
    const { store, request, complete } = given();
    await complete(started(await store.begin(request)), RESPONSE);
    started(await store.begin({ ...request, scope: `${request.scope}-other` }));
  });

  it('takes every key that the header allows', async () => {
    const { store, request, complete } = given();
    for (const key of ['k'.repeat(255), `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`]) {
      await complete(started(await store.begin({ ...request, key })), RESPONSE);
      expect((await store.begin({ ...request, key })).state).toBe('replay');
    }
  });

  takeOverContract(given);
}

function takeOverContract<Tx>(given: () => ContractWorld<Tx>): void {
  it('saves no answer when the transaction of the effect rolls back', async () => {
    const { store, request, inTransaction } = given();
    const claim = started(await store.begin(request));
    const rollBack = inTransaction(async (tx) => {
      await store.complete(claim, RESPONSE, tx);
      throw new Error('roll back');
    });
    await expect(rollBack).rejects.toThrow('roll back');
    expect(await store.begin(request)).toEqual({ state: 'in-progress' });
  });

  it('frees the key of an abandoned run, and only of that run', async () => {
    const { store, request, complete } = given();
    const first = started(await store.begin(request));
    await store.abandon(first);
    const second = started(await store.begin(request));
    await store.abandon(first);
    expect(await store.begin(request)).toEqual({ state: 'in-progress' });
    await complete(second, RESPONSE);
    await store.abandon(second);
    expect((await store.begin(request)).state).toBe('replay');
  });

  it('hands a claim that outlived its lease to a retry and refuses the first run its answer', async () => {
    const { store, request, complete, letTheLeaseEnd } = given();
    const dead = started(await store.begin(request));
    letTheLeaseEnd();
    const retry = started(await store.begin(request));
    expect(retry.token).not.toBe(dead.token);
    await expect(complete(dead, { status: 500 })).rejects.toThrow(IdempotencyClaimLostError);
    await complete(retry, RESPONSE);
    expect(await store.begin(request)).toEqual({ state: 'replay', response: RESPONSE });
  });

  it('refuses to complete twice', async () => {
    const { store, request, complete } = given();
    const claim = started(await store.begin(request));
    await complete(claim, RESPONSE);
    await expect(complete(claim, { status: 500 })).rejects.toThrow(IdempotencyClaimLostError);
    expect(await store.begin(request)).toEqual({ state: 'replay', response: RESPONSE });
  });

  it('lets exactly one of many simultaneous retries take over', async () => {
    const { store, request, letTheLeaseEnd } = given();
    started(await store.begin(request));
    letTheLeaseEnd();
    const begun = await Promise.all(Array.from({ length: 20 }, () => store.begin(request)));
    expect(begun.filter(({ state }) => state === 'started')).toHaveLength(1);
  });

  it('still has the answer 24 hours later', async () => {
    const { store, request, complete, passHours } = given();
    await complete(started(await store.begin(request)), RESPONSE);
    passHours(24);
    expect((await store.begin(request)).state).toBe('replay');
  });
}

type ContractWorld<Tx> = ReturnType<typeof contractWorld<Tx>>;

function contractWorld<Tx>(subject: IdempotencyStoreSubject<Tx>) {
  const { createStore, inTransaction, leaseMs = 30_000 } = subject;
  let now = Date.now();
  const store = createStore(() => new Date(now));
  return {
    store,
    inTransaction,
    request: { scope: `tenant/user/${crypto.randomUUID()}`, key: 'key-1', fingerprint: 'a'.repeat(64) },
    complete: (claim: IdempotencyClaim, response: StoredResponse) =>
      inTransaction((tx) => store.complete(claim, response, tx)),
    letTheLeaseEnd() {
      now += leaseMs + 1;
    },
    passHours(hours: number) {
      now += hours * 3_600_000;
    },
  };
}

function started(begun: IdempotencyBegin): IdempotencyClaim {
  if (begun.state !== 'started') throw new Error(`expected the request to start, but it is ${begun.state}`);
  return begun.claim;
}
