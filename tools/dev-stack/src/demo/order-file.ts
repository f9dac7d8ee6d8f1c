import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DemoError } from './errors.ts';

/** A line of a file, counted from 1, without its line break; `text` is absent when it cannot be read as text. */
export type FileLine =
  { readonly number: number; readonly text: string } | { readonly number: number; readonly reason: string };

/** The longest line that is read, in bytes; the rest of a longer one is skipped without being kept. */
export const maxLineBytes = 4 * 1024 * 1024;

const newline = 0x0a;
const byteOrderMark = '\uFEFF';

/**
 * The non-blank lines of a file, read as a stream: memory does not grow with the file. LF and CRLF end a line; a byte order mark
 * is dropped. Throws DemoError UNREADABLE_FILE when there is no such file.
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<FileLine> {
  await assertFile(path);
  let number = 0;
  for await (const line of splitLines(createReadStream(path, { signal }))) {
    number += 1;
    const read = line === 'too long' ? { reason: `is longer than ${maxLineBytes} bytes` } : decoded(line);
    if ('reason' in read) {
      yield { number, reason: read.reason };
      continue;
    }
    const text = number === 1 && read.text.startsWith(byteOrderMark) ? read.text.slice(1) : read.text;
    if (text.trim() !== '') yield { number, text };
  }
}

/** How many lines `readLines` will find. */
export async function countLines(path: string, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for await (const _ of readLines(path, signal)) count += 1;
  return count;
}

async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new DemoError('UNREADABLE_FILE', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  if (!found.isFile()) throw new DemoError('UNREADABLE_FILE', `${path} is not a file.`);
}

function decoded(line: Buffer): { text: string } | { reason: string } {
  try {
    // The mark stays for the caller: only at the very beginning it is one.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { reason: 'is no UTF-8 text' };
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | 'too long'> {
  let pieces: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  const take = () => {
    const line = length > maxLineBytes ? ('too long' as const) : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
