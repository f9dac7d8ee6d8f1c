import type { Logger, Metrics } from '@atlas/platform';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { ProviderUnavailableError } from './errors.ts';

/** How calls to the provider are made: with a time limit, a few quick repetitions, and a circuit breaker around each try. */
export interface CallPolicy {
  /**
   * Calls, and calls again when it throws ProviderUnavailableError or takes too long: `call` must be safe to repeat. Throws
   * ProviderUnavailableError when that does not help or the circuit is open, the reason of `signal` when that aborts, and every
   * other error as it is, at once.
   */
  run<T>(operation: string, call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface CallPolicyOptions {
  readonly provider: string;
  /** For one try. */
  readonly timeoutMs: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Quick repetitions after the first try; 2. */
  readonly repetitions?: number | undefined;
  /** Before the first of them; 200 ms, doubled with jitter up to 2 s. */
  readonly firstPauseMs?: number | undefined;
  /** How long the circuit is open at first; 1 s, doubled with jitter up to 30 s while trials fail. */
  readonly openForMs?: number | undefined;
}

/**
 * More than 60 % of the last 20 tries (of 6 at least) have failed: then this process leaves the provider alone. A provider that
 * fails every fifth call is slow, not away. Each replica finds out for itself, within six tries; nothing is shared.
 */
const breakerSize = { threshold: 0.6, size: 20, minimumNumberOfCalls: 6 };

/** The policy of one process for one provider. */
export function createCallPolicy(options: CallPolicyOptions): CallPolicy {
  const { provider, timeoutMs, metrics, logger, repetitions = 2, firstPauseMs = 200, openForMs = 1_000 } = options;
  const labels = ['provider', 'operation', 'outcome'] as const;
  const seconds = metrics.histogram('payment_call_seconds', 'Time of one try to call the payment provider.', labels);
  const circuit = metrics.gauge('payment_circuit_open', 'Whether this process leaves the payment provider alone (1).', [
    'provider',
  ]);
  circuit.set({ provider }, 0);

  const unavailable = handleWhen((error) => error instanceof ProviderUnavailableError);
  const repeating = retry(unavailable, {
    maxAttempts: repetitions,
    backoff: new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: 2_000 }),
  });
  // atlas-local-ok: what this replica sees of the provider; each leaves it alone, and tries again, for itself
  const breaking = circuitBreaker(unavailable, {
    breaker: new CountBreaker(breakerSize),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: openForMs, maxDelay: 30_000 }),
  });
  const limiting = timeout(timeoutMs, TimeoutStrategy.Aggressive);
  breaking.onStateChange((state) => {
    circuit.set({ provider }, state === CircuitState.Closed ? 0 : 1);
    if (state === CircuitState.Open)
      logger.warn({ event: 'payment_circuit_opened', provider }, 'the payment provider is left alone');
    if (state === CircuitState.Closed)
      logger.info({ event: 'payment_circuit_closed', provider }, 'the payment provider answers again');
  });

  const once = async <T>(operation: string, call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => {
    const end = seconds.startTimer({ provider, operation });
    try {
      const answer = await limiting.execute(({ signal: limited }) => call(limited), signal);
      end({ outcome: 'answered' });
      return answer;
    } catch (error) {
      const outcome = judge(error, signal);
      end({ outcome: outcome instanceof ProviderUnavailableError ? 'unavailable' : 'refused' });
      throw outcome;
    }
  };

  /** An abort by our caller says nothing about the provider, whatever the call made of it. */
  const judge = (error: unknown, signal: AbortSignal | undefined): unknown => {
    if (signal?.aborted) return signal.reason;
    if (!(error instanceof TaskCancelledError)) return error;
    return new ProviderUnavailableError(provider, { cause: new Error(`no answer within ${timeoutMs} ms`) });
  };

  return {
    async run(operation, call, signal) {
      signal?.throwIfAborted();
      try {
        return await repeating.execute(() => breaking.execute(() => once(operation, call, signal), signal), signal);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof BrokenCircuitError) throw new ProviderUnavailableError(provider, { cause: error });
        throw error;
      }
    },
  };
}
