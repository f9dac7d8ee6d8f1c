import cliProgress from 'cli-progress';

/** Shows how far something is; `stop` leaves a clean line. */
export interface ProgressView {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 5000;

/** A bar on a terminal, elsewhere a line every five seconds; nothing at all when it is over sooner. */
export function createProgressView(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  return stream.isTTY ? bar(stream) : lines(stream, now);
}

function bar(stream: NodeJS.WriteStream): ProgressView {
  const view = new cliProgress.SingleBar({
    stream,
    format: '  [{bar}] {value}/{total}  {what}',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
  });
  // atlas-local-ok: the progress bar of one command
  let begun = false;
  return {
    update(done, total, what) {
      if (!begun) view.start(total, 0, { what });
      begun = true;
      // SQS only estimates how many there are.
      view.setTotal(Math.max(total, done));
      view.update(done, { what });
    },
    stop: () => view.stop(),
  };
}

function lines(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  // atlas-local-ok: the progress lines of one command
  let last = now();
  return {
    update(done, total, what) {
      if (now() - last < LINE_EVERY_MS) return;
      last = now();
      stream.write(`${done}/${Math.max(total, done)}  ${what}\n`);
    },
    stop() {},
  };
}
