import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** Logs are appended over restarts; one that has grown beyond this is put aside at the next start. */
const keepBelowBytes = 10 * 1024 * 1024;
const tailBytes = 64 * 1024;

/** Bytes in a log; 0 when there is none. */
export function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The end of a log: at most `lines` lines (15) of what was written after byte `from` (0). */
export function lastLines(file: string, options: { lines?: number; from?: number } = {}): string {
  const { lines = 15, from = 0 } = options;
  const start = Math.max(from, logSize(file) - tailBytes);
  return readFrom(file, start).toString().trimEnd().split('\n').slice(-lines).join('\n');
}

/** What was written after byte `from`; empty when there is no such file. */
export function readFrom(file: string, from: number): Buffer {
  if (logSize(file) <= from) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(fstatSync(descriptor).size - from);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from));
  } finally {
    closeSync(descriptor);
  }
}

/** Renames a log that has grown beyond 10 MiB to `<file>.old`; the one before that is overwritten. */
export function rotateLog(file: string): void {
  // atlas-local-ok: logs of the processes on a developer’s machine
  if (logSize(file) > keepBelowBytes) renameSync(file, `${file}.old`);
}
