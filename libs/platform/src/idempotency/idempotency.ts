import type { Request, RequestHandler, Response } from 'express';
import { HttpProblem } from '../errors.ts';
import { fingerprintOf, idempotencyKeyOf, idempotencyScope } from './request-key.ts';
import type { IdempotencyClaim, IdempotencyStore, StoredResponse } from './store.ts';

/** Saves `response` in the transaction of the effect and hands it back. Without a key nothing is saved. */
export type SaveResponse<Tx> = (tx: Tx, response: StoredResponse) => Promise<StoredResponse>;

export type IdempotentHandler<Tx> = (req: Request, res: Response, save: SaveResponse<Tx>) => Promise<StoredResponse>;

export interface Idempotency<Tx> {
  /**
   * An Express handler that runs `handler` once per key. `name` (`POST /orders`) and `owner` make the scope of the key.
   * Behind it: a repeated request gets the first answer again with `idempotent-replayed: true`; 409 while the first one
   * runs; 422 when the key was used for another request; 400 for a malformed key. A request without a key just runs. When
   * `handler` throws, the key is free again, because its transaction was rolled back.
   */
  route(
    options: { name: string; owner: (req: Request) => { tenantId?: string; userId?: string } },
    handler: IdempotentHandler<Tx>,
  ): RequestHandler;
}

/**
 * Honours `Idempotency-Key` with the answers in `store`. `secret` keys the fingerprints; give it where bodies hold
 * passwords.
 */
export function createIdempotency<Tx>(deps: { store: IdempotencyStore<Tx>; secret?: string }): Idempotency<Tx> {
  const { store, secret } = deps;
  return {
    route:
      ({ name, owner }, handler) =>
      async (req, res) => {
        const key = idempotencyKeyOf(req);
        if (key === undefined) return send(res, await handler(req, res, async (_tx, response) => response));
        const scope = idempotencyScope(owner(req), name);
        const begun = await store.begin({ scope, key, fingerprint: fingerprintOf(req, secret) });
        if (begun.state === 'mismatch') throw keyReused();
        if (begun.state === 'in-progress') throw stillRunning();
        if (begun.state === 'replay') return send(res.set('idempotent-replayed', 'true'), begun.response);
        send(res, await runClaimed(store, begun.claim, (save) => handler(req, res, save)));
      },
  };
}

async function runClaimed<Tx>(
  store: IdempotencyStore<Tx>,
  claim: IdempotencyClaim,
  run: (save: SaveResponse<Tx>) => Promise<StoredResponse>,
): Promise<StoredResponse> {
  let saved = false;
  const save: SaveResponse<Tx> = async (tx, response) => {
    await store.complete(claim, response, tx);
    saved = true;
    return response;
  };
  try {
    const response = await run(save);
    if (!saved) throw new Error('An idempotent handler answered without saving its response in its transaction.');
    return response;
  } catch (error) {
    // A store that cannot be reached now lets the claim run out by its lease; the caller must see the first error.
    await store.abandon(claim).catch(() => undefined);
    throw error;
  }
}

function send(res: Response, { status, headers, body }: StoredResponse): void {
  res.status(status).set(headers ?? {});
  if (body === undefined) res.end();
  else res.json(body);
}

function stillRunning(): HttpProblem {
  const detail = 'A request with this Idempotency-Key is still running. Try again shortly.';
  return new HttpProblem(409, 'IDEMPOTENCY_KEY_IN_PROGRESS', detail, {}, { 'retry-after': '1' });
}

function keyReused(): HttpProblem {
  const detail = 'This Idempotency-Key was used for a different request. Use a new key for a new request.';
  return new HttpProblem(422, 'IDEMPOTENCY_KEY_REUSED', detail);
}
