import type { Meter } from './meter.ts';

/** The part of an AWS client that is needed here; every client of the SDK has it. */
interface Instrumentable {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: 'initialize'; name: string }): void;
  };
}

type Handler = (args: never) => Promise<{ output: object }>;
type Middleware = (next: Handler, context: { commandName?: string }) => Handler;

/** Lets the meter see each call of this client, and each message that a call finishes. Returns the client. */
export function metered<C>(client: C, meter: Meter): C {
  const middleware: Middleware = (next, context) => async (args) => {
    meter.call();
    const answer = await next(args);
    const count = finishedBy(context.commandName, answer.output);
    if (count > 0) meter.completed(count);
    return answer;
  };
  (client as Instrumentable).middlewareStack.add(middleware, { step: 'initialize', name: 'atlasBenchmarkMeter' });
  return client;
}

function finishedBy(command: string | undefined, output: { Successful?: unknown[] | undefined }): number {
  switch (command) {
    case 'DeleteMessageCommand':
      return 1;
    case 'DeleteMessageBatchCommand':
    case 'PublishBatchCommand':
      return output.Successful?.length ?? 0;
    default:
      return 0;
  }
}
