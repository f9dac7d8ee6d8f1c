import { logSize, readFrom } from '../process/log-file.ts';

const everyMs = 150;

/** Calls `onLine` for every whole line that is appended to these files from now on. Returns what stops it. */
export function tailLogs(files: string[], onLine: (line: string) => void): () => void {
  // atlas-local-ok: the console of one developer’s machine
  const tails = files.map((file) => ({ file, position: logSize(file) }));
  const timer = setInterval(() => {
    for (const tail of tails) {
      // Put aside at a restart: what there is now is all new.
      if (logSize(tail.file) < tail.position) tail.position = 0;
      const bytes = readFrom(tail.file, tail.position);
      // A line that is still being written is read again, whole, the next time.
      const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
      tail.position += whole.length;
      if (whole.length > 0) whole.toString().trimEnd().split('\n').forEach(onLine);
    }
  }, everyMs);
  return () => clearInterval(timer);
}
