import type { Logger } from '../observability/logger.ts';

export interface ReleaseStack {
  /** Remembers how to release what was just opened; `name` is for the log. */
  defer(name: string, release: () => void | Promise<void>): void;
  /**
   * Releases everything, last opened first, one after the other. One that fails is logged and does not keep the others
   * open; at the end an AggregateError says so. A second call waits for the first.
   */
  release(): Promise<void>;
}

/** A list of what a service has opened, released in reverse order: whoever uses a thing is gone before the thing is. */
export function createReleaseStack(logger: Logger): ReleaseStack {
  const entries: { name: string; release: () => void | Promise<void> }[] = [];
  let released: Promise<void> | undefined;
  return {
    defer(name, release) {
      if (released) throw new Error(`"${name}" was opened after the release had begun.`);
      entries.push({ name, release });
    },
    release() {
      released ??= releaseAll(entries.toReversed(), logger);
      return released;
    },
  };
}

async function releaseAll(
  entries: readonly { name: string; release: () => void | Promise<void> }[],
  logger: Logger,
): Promise<void> {
  const failures: { name: string; error: unknown }[] = [];
  for (const { name, release } of entries) {
    try {
      await release();
      logger.debug({ resource: name }, 'released');
    } catch (error) {
      failures.push({ name, error });
      logger.error({ err: error, resource: name }, 'could not be released');
    }
  }
  if (failures.length === 0) return;
  const names = failures.map(({ name }) => name).join(', ');
  throw new AggregateError(
    failures.map(({ error }) => error),
    `${failures.length} of ${entries.length} resources could not be released: ${names}`,
  );
}
