import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countLines, maxLineBytes, readLines } from './order-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atlas-demo-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function linesOf(content: string | Buffer) {
  const path = join(dir, 'orders.ndjson');
  await writeFile(path, content);
  const lines = [];
  for await (const line of readLines(path)) lines.push(line);
  expect(await countLines(path)).toBe(lines.length);
  return lines;
}

it('ignores blank lines but counts them, and takes any line break, with or without one at the end', async () => {
  const expected = [
    { number: 1, text: '{"a":1}' },
    { number: 4, text: '{"b":2}' },
  ];
  expect(await linesOf('{"a":1}\n\n  \n{"b":2}\n')).toEqual(expected);
  expect(await linesOf('{"a":1}\r\n\r\n\t\r\n{"b":2}')).toEqual(expected);
  expect(await linesOf('')).toEqual([]);
});

it('drops a byte order mark at the beginning, and only there', async () => {
  expect(await linesOf('\uFEFF{"a":1}\n\uFEFF{"b":2}')).toEqual([
    { number: 1, text: '{"a":1}' },
    { number: 2, text: '\uFEFF{"b":2}' },
  ]);
});

it('keeps characters whole that lie across the chunks it reads', async () => {
  const long = 'ä€😀'.repeat(60_000);
  expect(await linesOf(`${long}\n${long}x`)).toEqual([
    { number: 1, text: long },
    { number: 2, text: `${long}x` },
  ]);
});

it('reports a line that is too long, or no UTF-8, and goes on', async () => {
  const tooLong = Buffer.alloc(maxLineBytes + 1, 'x');
  const content = Buffer.concat([tooLong, Buffer.from('\n{"a":1}\n'), Buffer.from([0x22, 0xff, 0x22, 0x0a]), tooLong]);
  expect(await linesOf(content)).toEqual([
    { number: 1, reason: `is longer than ${maxLineBytes} bytes` },
    { number: 2, text: '{"a":1}' },
    { number: 3, reason: 'is no UTF-8 text' },
    { number: 4, reason: `is longer than ${maxLineBytes} bytes` },
  ]);
  expect(await linesOf(Buffer.alloc(maxLineBytes, 'x'))).toEqual([{ number: 1, text: 'x'.repeat(maxLineBytes) }]);
});

it.each(['missing.ndjson', '.'])('says what is wrong with %s as a file', async (name) => {
  await expect(countLines(join(dir, name))).rejects.toMatchObject({ code: 'UNREADABLE_FILE' });
});
