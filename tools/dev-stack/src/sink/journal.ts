import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ZodType } from 'zod';

/** One appended record: what is known about it, and where its body lies. */
export interface JournalRecord<Meta> {
  readonly meta: Meta;
  readonly offset: number;
  readonly length: number;
}

/** An append-only list of records with bodies. */
export interface Journal<Meta> {
  /** Resolves once body and record are written, so that a SIGKILL right afterwards loses neither. */
  append(meta: Meta, body: Buffer): Promise<void>;
  /** The body of a record. */
  read(record: JournalRecord<Meta>): Promise<Buffer>;
  /** Records that could not be read at open: a torn last line, or damage by hand. */
  readonly damaged: number;
  /** Waits for appends in flight, then releases the files. */
  close(): Promise<void>;
}

export interface JournalOptions<Meta> {
  /** Path without extension: `<path>.ndjson` is the list, `<path>.bodies` the contents. Absent: kept in memory. */
  path?: string | undefined;
  schema: ZodType<Meta>;
  /** Told about every record in order, first those found at open, then each one as soon as it is written. */
  onRecord: (record: JournalRecord<Meta>) => void;
}

/** Opens the journal, reading what an earlier process left behind; damage is skipped and counted, never fatal. */
export async function openJournal<Meta>(options: JournalOptions<Meta>): Promise<Journal<Meta>> {
  return options.path === undefined ? memoryJournal(options) : fileJournal(options, options.path);
}

function memoryJournal<Meta>({ onRecord }: JournalOptions<Meta>): Journal<Meta> {
  // atlas-local-ok: a journal in memory for tests
  const bodies: Buffer[] = [];
  return {
    damaged: 0,
    append: async (meta, body) => {
      bodies.push(body);
      onRecord({ meta, offset: bodies.length - 1, length: body.length });
    },
    read: async (record) => bodies[record.offset] ?? Buffer.alloc(0),
    close: async () => undefined,
  };
}

async function fileJournal<Meta>(options: JournalOptions<Meta>, path: string): Promise<Journal<Meta>> {
  await mkdir(dirname(path), { recursive: true });
  const list = await open(`${path}.ndjson`, 'a+').then(reopenForWriting(`${path}.ndjson`));
  const bodies = await open(`${path}.bodies`, 'a+').then(reopenForWriting(`${path}.bodies`));
  const bodiesEnd = (await bodies.stat()).size;
  const { damaged, end } = await replay(list, bodiesEnd, options);
  await list.truncate(end);
  const append = createAppender<Meta>({ list, bodies, listEnd: end, bodiesEnd, onRecord: options.onRecord });
  return {
    damaged,
    append: append.append,
    read: async (record) => readExactly(bodies, record.offset, record.length),
    close: async () => {
      await append.settled();
      await Promise.all([list.close(), bodies.close()]);
    },
  };
}

/** Append mode ignores positions, and only writes at known positions can be repeated after a failed one. */
function reopenForWriting(path: string) {
  return async (created: FileHandle): Promise<FileHandle> => {
    await created.close();
    return open(path, 'r+');
  };
}

async function replay<Meta>(list: FileHandle, bodiesEnd: number, { schema, onRecord }: JournalOptions<Meta>) {
  const text = await list.readFile('utf8');
  const wholeLines = text.slice(0, text.lastIndexOf('\n') + 1);
  let damaged = wholeLines.length < text.length ? 1 : 0;
  for (const line of wholeLines.split('\n')) {
    if (line === '') continue;
    const record = recordOf(line, schema);
    if (record && record.offset + record.length <= bodiesEnd) onRecord(record);
    else damaged += 1;
  }
  return { damaged, end: Buffer.byteLength(wholeLines) };
}

function recordOf<Meta>(line: string, schema: ZodType<Meta>): JournalRecord<Meta> | undefined {
  try {
    const { offset, length, ...rest } = JSON.parse(line) as { offset: number; length: number };
    const meta = schema.safeParse(rest);
    return meta.success && Number.isInteger(offset + length) ? { meta: meta.data, offset, length } : undefined;
  } catch {
    return undefined;
  }
}

interface Pending<Meta> {
  meta: Meta;
  body: Buffer;
  resolve: () => void;
  reject: (error: unknown) => void;
}

interface AppenderOptions<Meta> {
  list: FileHandle;
  bodies: FileHandle;
  listEnd: number;
  bodiesEnd: number;
  onRecord: (record: JournalRecord<Meta>) => void;
}

/** One writer at a time; whatever arrives while it writes goes out together in the next round. */
// atlas-local-ok: the one writer of a journal of the one mail catcher
function createAppender<Meta>({ list, bodies, listEnd, bodiesEnd, onRecord }: AppenderOptions<Meta>) {
  let pending: Pending<Meta>[] = [];
  let writing: Promise<void> | undefined;

  async function writeRound(round: Pending<Meta>[]) {
    let offset = bodiesEnd;
    const records = round.map(({ meta, body }) => {
      const record = { meta, offset, length: body.length };
      offset += body.length;
      return record;
    });
    const lines = Buffer.from(
      records.map(({ meta, ...place }) => `${JSON.stringify({ ...meta, ...place })}\n`).join(''),
    );
    // Bodies first: a record in the list always has its body. What fails is overwritten by the next round.
    await writeExactly(bodies, Buffer.concat(round.map(({ body }) => body)), bodiesEnd);
    await writeExactly(list, lines, listEnd);
    bodiesEnd = offset;
    listEnd += lines.length;
    records.forEach(onRecord);
  }

  async function writeAll() {
    while (pending.length > 0) {
      const round = pending;
      pending = [];
      await writeRound(round).then(
        () => round.forEach(({ resolve }) => resolve()),
        (error: unknown) => round.forEach(({ reject }) => reject(error)),
      );
    }
    writing = undefined;
  }

  return {
    append: (meta: Meta, body: Buffer) =>
      new Promise<void>((resolve, reject) => {
        pending.push({ meta, body, resolve, reject });
        writing ??= writeAll();
      }),
    settled: async () => writing,
  };
}

async function writeExactly(file: FileHandle, content: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < content.length) {
    const { bytesWritten } = await file.write(content, written, content.length - written, position + written);
    written += bytesWritten;
  }
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const content = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(content, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return content.subarray(0, read);
}
