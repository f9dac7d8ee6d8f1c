/** What a request with an idempotency key is known by. */
export interface IdempotencyRequest {
  /** Tenant, user and route: two users may choose the same key, and so may two routes. */
  scope: string;
  key: string;
  /** Hash of method, path and body, to notice a key that is reused for something else. */
  fingerprint: string;
}

/** The right to run a request, until it is completed, abandoned or taken over after the lease of the store. */
export interface IdempotencyClaim extends IdempotencyRequest {
  /** Names this run; a run that took the claim over has another one. */
  token: string;
}

/** An answer that can be given again; `body` is JSON. */
export interface StoredResponse {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export type IdempotencyBegin =
  | { state: 'started'; claim: IdempotencyClaim }
  | { state: 'replay'; response: StoredResponse }
  | { state: 'in-progress' }
  | { state: 'mismatch' };

/**
 * Where a service remembers which requests it has answered. `Tx` is whatever the store needs to make its write part of
 * the transaction of the effect: a database transaction, or the list of items of a DynamoDB transaction.
 */
export interface IdempotencyStore<Tx> {
  /**
   * Atomically claims the key or says why not. A claim that is older than the store's lease (its process died) is taken
   * over with a new token; an answer is kept for at least 24 hours.
   */
  begin(request: IdempotencyRequest): Promise<IdempotencyBegin>;
  /**
   * Saves the answer in the transaction `tx` of the effect, so that there is never one without the other. Throws
   * IdempotencyClaimLostError, which must roll the transaction back, when the claim was taken over.
   */
  complete(claim: IdempotencyClaim, response: StoredResponse, tx: Tx): Promise<void>;
  /** Frees the key of a run that had no effect; does nothing when it is completed or was taken over. */
  abandon(claim: IdempotencyClaim): Promise<void>;
}
