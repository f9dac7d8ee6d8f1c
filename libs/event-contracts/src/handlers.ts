import type { EventKey } from './catalogue.ts';
import type { Service } from './define-event.ts';
import type { EventOf } from './envelope.ts';
import type { ConsumedBy } from './topology.ts';

/** What a handler knows about the message in its hands. */
export interface HandlerContext {
  /** Aborted when the message's lease is lost or the process must stop: give up, the message will come again. */
  readonly signal: AbortSignal;
  /** 1 for the first try; one more for each failure of this handler so far. */
  readonly attempt: number;
  /** W3C trace context of this delivery. */
  readonly traceparent: string;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /**
   * Runs an external effect of this message (an e-mail, a payment) once: under a lease of its own, and never again after
   * it was marked done, however often the message comes. `effect` names it within the event. The window that remains is
   * a death between the effect and its mark; docs/guarantees.md names it.
   */
  once(
    effect: string,
    run: (lease: { readonly signal: AbortSignal; readonly fence: number }) => Promise<void>,
  ): Promise<'done' | 'already-done'>;
}

/** Handles one event. Resolving means done; a DomainRejectionError dead-letters at once; other errors are retried. */
export type EventHandler<K extends EventKey> = (event: EventOf<K>, context: HandlerContext) => Promise<void>;

/** Handles many events at once and says which failed; the others are done. */
export interface BatchHandler<K extends EventKey> {
  readonly maxBatch: number;
  /** How long to wait for a fuller batch, in milliseconds. */
  readonly lingerMs?: number;
  handleBatch(
    items: readonly { readonly event: EventOf<K>; readonly context: HandlerContext }[],
  ): Promise<{ failed: readonly { id: string; error: unknown }[] }>;
}

/**
 * The handler table of a service: exactly the keys that the topology sends it. A missing or misspelt handler does not
 * compile.
 *
 * @example export const createHandlers = (deps: Deps) => ({ 'order.completed.v1': onOrderCompleted(deps) }) satisfies HandlersFor<'notification'>;
 */
export type HandlersFor<S extends Service> = { [K in ConsumedBy<S>]: EventHandler<K> | BatchHandler<K> };
