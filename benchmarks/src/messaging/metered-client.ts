import type { Meter } from './meter.ts';

type Send = (command: object, ...rest: unknown[]) => Promise<{ Successful?: unknown[] | undefined }>;

/** Lets the meter see each call of this client, and each message that a call finishes. Returns the client. */
export function metered<C extends { send: unknown }>(client: C, meter: Meter): C {
  const send = (client.send as Send).bind(client);
  client.send = async (command: object, ...rest: unknown[]) => {
    meter.call();
    const answer = await send(command, ...rest);
    const count = finishedBy(command.constructor.name, answer);
    if (count > 0) meter.completed(count);
    return answer;
  };
  return client;
}

function finishedBy(command: string, output: { Successful?: unknown[] | undefined }): number {
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
