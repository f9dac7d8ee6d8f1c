import cliProgress from 'cli-progress';

/** How far a run is. */
export interface ProgressState {
  total: number;
  sent: number;
  /** Orders that were taken, which is how many of each consequence are expected. */
  expected: number;
  mail: number;
  webhook: number;
  feed: number;
}

/** Shows how far a run is. */
export interface Progress {
  update(state: ProgressState): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Shows the last state and gives the terminal back. */
  stop(): void;
}

const linesEveryMs = 2_000;

/** Bars on a terminal; elsewhere a line every two seconds, and only when something has changed. */
export function createProgress(stream: NodeJS.WriteStream, clock: () => number): Progress {
  return stream.isTTY ? bars(stream) : lines(stream, clock);
}

function bars(stream: NodeJS.WriteStream): Progress {
  const multi = new cliProgress.MultiBar(
    {
      stream,
      format: '  {name} [{bar}] {value}/{total}',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: 40,
      hideCursor: true,
      clearOnComplete: false,
      autopadding: true,
      fps: 10,
    },
    cliProgress.Presets.legacy,
  );
  const named = (name: string) => multi.create(0, 0, { name: name.padEnd(13) });
  const all = {
    sent: named('orders'),
    mail: named('e-mails'),
    webhook: named('webhooks'),
    feed: named('feed entries'),
  };
  return {
    update: (state) => {
      all.sent.setTotal(state.total);
      all.sent.update(state.sent);
      for (const consequence of ['mail', 'webhook', 'feed'] as const) {
        // A bar of 0 of 0 would be drawn as a full one.
        all[consequence].setTotal(state.expected || state.total);
        all[consequence].update(state[consequence]);
      }
    },
    note: (text) => multi.log(`${text}\n`),
    stop: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream, clock: () => number): Progress {
  let last = { text: '', at: -Infinity };
  let pending = '';
  const print = (text: string) => {
    if (text === last.text) return;
    last = { text, at: clock() };
    stream.write(`  ${text}\n`);
  };
  return {
    update: ({ total, sent, expected, mail, webhook, feed }) => {
      pending = `orders ${sent}/${total}  e-mails ${mail}/${expected}  webhooks ${webhook}/${expected}  feed ${feed}/${expected}`;
      if (clock() - last.at >= linesEveryMs) print(pending);
    },
    note: (text) => void stream.write(`${text}\n`),
    stop: () => print(pending),
  };
}
