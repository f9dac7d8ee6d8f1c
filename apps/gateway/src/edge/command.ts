import { EnvelopeTooLargeError } from '@atlas/event-contracts';
import {
  fingerprintOf,
  HttpProblem,
  idempotencyKeyOf,
  idempotencyScope,
  parse,
  type Probe,
  problem,
} from '@atlas/platform';
import type { Request, RequestHandler, Response } from 'express';
import { z, type ZodType } from 'zod';
import type { Db, Tx } from '../database.ts';
import { RejectedError } from '../rejected.domain.ts';
import { type Answer, type KeyedRequest, recall, remember } from './idempotency.ts';
import { type CurrentUser, userOf } from './identity.ts';

/** What a command's handler gets: its parsed input, who asks, and the transaction in which everything it does happens. */
export interface CommandContext<Params, Body> {
  readonly tx: Tx;
  readonly user: CurrentUser;
  readonly params: Params;
  readonly body: Body;
}

export interface CommandInput<P extends ZodType, B extends ZodType> {
  readonly params?: P;
  readonly body?: B;
}

/** The crash steps `orders.before-commit`, `orders.after-commit` and so on are named after the feature. */
export type Feature = 'tenants' | 'members' | 'api-keys' | 'tenant-settings' | 'orders';

export interface Commands {
  /**
   * A route that changes something. It parses the input, opens a transaction, runs `handler` in it, stores the answer
   * under the request's Idempotency-Key, commits, and only then answers. What the handler throws rolls all of it back.
   */
  command<P extends ZodType = typeof nothing, B extends ZodType = typeof nothing>(
    feature: Feature,
    input: CommandInput<P, B>,
    handler: (context: CommandContext<z.output<P>, z.output<B>>) => Promise<Answer>,
  ): RequestHandler;
  /** The same transaction for a route that has no signed-in user; the caller says what scope and fingerprint are. */
  transact(
    feature: Feature,
    request: KeyedRequest | undefined,
    run: (tx: Tx) => Promise<Answer>,
  ): Promise<Answer & { replayed: boolean }>;
}

const nothing = z.strictObject({});

/** Makes the wrapper of all routes that change something. `probe` is called right before and right after the commit. */
export function createCommands(deps: { db: Db; clock: () => Date; probe: Probe }): Commands {
  const { db, clock, probe } = deps;

  const transact: Commands['transact'] = async (feature, request, run) => {
    const answer = await db
      .transaction()
      .execute(async (tx) => {
        const stored = request && (await recall(tx, request, clock()));
        if (stored) return { ...stored, replayed: true };
        const fresh = await run(tx);
        if (request) await remember(tx, request, fresh, clock());
        await probe(`${feature}.before-commit`);
        return { ...fresh, replayed: false };
      })
      .catch((error: unknown) => Promise.reject(asProblem(error)));
    await probe(`${feature}.after-commit`);
    return answer;
  };

  return {
    transact,
    command: (feature, input, handler) => async (req, res) => {
      const user = userOf(req);
      const params = parse(input.params ?? nothing, req.params, 'params');
      // A POST without a body and one with an empty object are the same to a command that takes none.
      const body = parse(input.body ?? nothing, input.body ? req.body : (req.body ?? {}), 'body');
      const run = (tx: Tx) => handler({ tx, user, params, body } as Parameters<typeof handler>[0]);
      send(res, await transact(feature, keyedRequest(req, user), run));
    },
  };
}

/** Sends an answer, and says so when it is a stored one. */
export function send(res: Response, answer: Answer & { replayed: boolean }): void {
  if (answer.replayed) res.set('idempotent-replayed', 'true');
  res.status(answer.status).json(answer.shownOnce ? { ...(answer.body as object), ...answer.shownOnce } : answer.body);
}

/**
 * The idempotency of a route that nobody is signed in to yet: the key alone makes the scope, and is the client's secret
 * until its answer is known. `secret` keys the fingerprint, because the body holds a password, which a plain hash would
 * give away to guessing.
 */
export function strangersRequest(req: Request, route: string, secret: string): KeyedRequest | undefined {
  const key = idempotencyKeyOf(req);
  return key === undefined ? undefined : { scope: route, key, fingerprint: fingerprintOf(req, secret) };
}

function keyedRequest(req: Request, user: CurrentUser): KeyedRequest | undefined {
  const key = idempotencyKeyOf(req);
  if (key === undefined) return undefined;
  const route = `${req.method} ${(req.route as { path: string }).path}`;
  return { scope: idempotencyScope(ownerOf(user), route), key, fingerprint: fingerprintOf(req) };
}

// Two programs of one owner count their requests from 1 both: each API key has idempotency keys of its own.
function ownerOf({ tenantId, userId, via }: CurrentUser) {
  return { tenantId, userId: via.kind === 'api-key' ? via.keyId : userId };
}

/** Domain errors become the problems that the API promises; everything else stays what it is. */
function asProblem(error: unknown): unknown {
  if (error instanceof RejectedError) return problem(409, error.code, error.message, error.facts);
  if (error instanceof EnvelopeTooLargeError) {
    const detail = `The event of this fact would be ${error.bytes} bytes; a message has at most ${error.limitBytes}.`;
    return new HttpProblem(413, 'EVENT_TOO_LARGE', detail, {}, {}, { cause: error });
  }
  return error;
}
