import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line and every published event of one request or message has in common. */
export interface Context {
  /** The whole chain that one outside request set off. */
  correlationId: string;
  /** What directly caused the work: the id of the request or of the message that is being handled. */
  causationId: string;
  /** W3C trace context of the current span. */
  traceparent: string;
  tenantId?: string;
  userId?: string;
}

// Holds nothing itself: every value belongs to one asynchronous call chain and dies with it.
const storage = new AsyncLocalStorage<Context>();

/** Runs `fn` so that `currentContext()` answers `context` in it and in everything asynchronous that it starts. */
export function runWithContext<T>(context: Context, fn: () => T): T {
  return storage.run(context, fn);
}

/** The context of the request or message that is being handled, or undefined outside of one. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Adds who is asking to the current context once that is known (after the session or token was checked). */
export function annotateContext(who: { tenantId?: string; userId?: string }): void {
  const context = storage.getStore();
  if (context) Object.assign(context, who);
}
