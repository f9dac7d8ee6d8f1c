import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Behaviour, FailureKind } from './behaviour.ts';
import type { Ledger } from './ledger.ts';
import type { StoredAnswer } from './ledger.domain.ts';
import { testMethods } from './test-methods.domain.ts';

/** One call of a caller, whichever of the two wires it came by. */
export interface Call {
  readonly req: Request;
  readonly res: Response;
  /** The caller's idempotency key, where the call changes something. */
  readonly key?: string | undefined;
  /** The payment method of the call, which may have habits of its own. */
  readonly paymentMethod?: string | undefined;
  /** Carries the call out. What it throws is not remembered under the key. */
  readonly order: () => StoredAnswer;
}

/** How a wire says what is the same on both. */
export interface Wire {
  readonly error: () => StoredAnswer;
  readonly throttled: () => StoredAnswer;
  readonly otherQuestion: () => StoredAnswer;
}

/** Where calls are taken: each is answered once per key, and fails as the behaviour and the payment method want it. */
export interface Counter {
  serve(wire: Wire, call: Call): Promise<void>;
}

/** `stopping` ends the answers that never come. */
export function createCounter(deps: { ledger: Ledger; behaviour: Behaviour; stopping: AbortSignal }): Counter {
  const { ledger, behaviour, stopping } = deps;
  // atlas-local-ok: which calls of the one sandbox have failed on purpose
  const failedOnce = new Set<string>();

  /** What the payment method does to the first call with its key. */
  const habit = ({ key, paymentMethod = '' }: Call): FailureKind | undefined => {
    const { firstCall } = testMethods.get(paymentMethod) ?? {};
    if (firstCall === undefined || key === undefined || failedOnce.has(key) || ledger.answerTo(key)) return undefined;
    failedOnce.add(key);
    return firstCall === 'hangs after charging' ? 'hang' : 'error';
  };

  return {
    async serve(wire, call) {
      const { req, res, key, paymentMethod = '' } = call;
      const failure = behaviour.nextFailure() ?? habit(call);
      if (failure === 'error') return send(res, wire.error());
      if (failure === 'throttled') return send(res, wire.throttled());
      if (failure === 'cut') return void req.socket.destroy();
      const question = digest([req.method, req.path, req.body]);
      const known = key === undefined ? undefined : ledger.answerTo(key);
      if (known && known.question !== question) return send(res, wire.otherQuestion());
      if (known) res.set('idempotent-replayed', 'true');
      const answer = known?.answer ?? (key === undefined ? call.order() : ledger.answerOnce(key, question, call.order));
      if (failure === 'error_after') return send(res, wire.error());
      if (failure === 'cut_after') return void req.socket.destroy();
      if (failure === 'hang') return;
      if (testMethods.get(paymentMethod)?.slow) {
        await delay(behaviour.current.slow_ms, undefined, { signal: stopping }).catch(() => undefined);
      }
      send(res, answer);
    },
  };
}

/** Sends an answer of either wire. */
export function send(res: Response, { status, body, headers }: StoredAnswer): void {
  res
    .status(status)
    .set(headers ?? {})
    .json(body);
}

function digest(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url');
}
