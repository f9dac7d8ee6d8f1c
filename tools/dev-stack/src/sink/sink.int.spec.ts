import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { leakCheck } from '@atlas/testing';
import nodemailer from 'nodemailer';
import { sendMail, startSink } from './sink-under-test.ts';

type RunningSink = Awaited<ReturnType<typeof startSink>>;

let dir: string;
const running = new Set<RunningSink>();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atlas-sink-'));
});

afterEach(async () => {
  for (const sink of running) await sink.stop();
  running.clear();
  await rm(dir, { recursive: true });
});

async function open(where?: string): Promise<RunningSink> {
  const sink = await startSink(where);
  running.add(sink);
  return sink;
}

async function close(sink: RunningSink): Promise<void> {
  running.delete(sink);
  await sink.stop();
}

describe('mail', () => {
  it('is counted by Message-ID, with every copy beyond the first named', async () => {
    const sink = await open();
    const before = new Date(Date.now() - 1000);
    for (const messageId of ['<a@x>', '<b@x>', '<a@x>']) await sink.mail({ to: 'ann@example.com', messageId });

    expect(await sink.get(`/api/mail/summary?since=${before.toISOString()}`)).toEqual({
      received: 3,
      distinct: 2,
      doubled: [{ message_id: '<a@x>', copies: 2 }],
    });
    expect(await sink.get(`/api/mail/summary?since=${new Date(Date.now() + 1000).toISOString()}`)).toMatchObject({
      received: 0,
    });
    const { counts } = await sink.post('/api/mail/lookup', { message_ids: ['<a@x>', 'b@x', '<c@x>'] });
    expect(counts).toEqual({ '<a@x>': 2, 'b@x': 1, '<c@x>': 0 });
  });

  it('is listed newest first, found by address, and read in all its parts', async () => {
    const sink = await open();
    await sink.mail({ to: 'ann@example.com', subject: 'first' });
    await sink.mail({ to: 'bob@example.com', subject: 'second' });
    await sink.mail({ to: 'ann@example.com', subject: 'third ✓', text: 'für Ann', html: '<p>für <b>Ann</b></p>' });

    const { items, total } = await sink.get('/api/mail?to=ANN@example.com&limit=1');
    expect(total).toBe(2);
    expect(items).toEqual([expect.objectContaining({ subject: 'third ✓', to: ['ann@example.com'] })]);
    const mail = await sink.get(`/api/mail/${items[0].id}`);
    expect(mail).toMatchObject({ text: 'für Ann\n', html: '<p>für <b>Ann</b></p>\n' });
    expect(mail.headers.map(({ key }: { key: string }) => key)).toContain('message-id');
  });

  it('can be waited for, before and after it came', async () => {
    const sink = await open();
    const early = sink.get('/api/mail/wait?message_id=w@x&timeout_ms=10000');
    await sink.mail({ to: 'ann@example.com', messageId: '<w@x>' });
    expect(await early).toMatchObject({ message_id: '<w@x>' });
    expect(await sink.get('/api/mail/wait?message_id=w@x')).toMatchObject({ message_id: '<w@x>' });
    expect((await fetch(`${sink.url}/api/mail/wait?message_id=never@x&timeout_ms=20`)).status).toBe(204);
  });

  it('is refused as asked for, one recipient or all, so often or until told otherwise', async () => {
    const sink = await open();
    await sink.put('/api/behaviour', { recipients: { 'Ann@example.com': { rejectWith: 451, rejectNext: 1 } } });
    await expect(sink.mail({ to: 'ann@example.com' })).rejects.toMatchObject({ responseCode: 451 });
    await sink.mail({ to: 'ann@example.com' });
    await sink.put('/api/behaviour', { smtp: { rejectWith: 550 } });
    await expect(sink.mail({ to: 'bob@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    await expect(sink.mail({ to: 'bob@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    await sink.put('/api/behaviour', { smtp: null });
    await sink.mail({ to: 'bob@example.com' });
    expect(await sink.get('/api/mail/summary')).toMatchObject({ received: 2 });
  });

  it('is kept although the connection is cut before the answer, when asked for', async () => {
    const sink = await open();
    await sink.put('/api/behaviour', { smtp: { dropAfterData: 1 } });
    await expect(sink.mail({ to: 'ann@example.com', messageId: '<d@x>' })).rejects.toThrow();
    await sink.mail({ to: 'ann@example.com', messageId: '<d@x>' });
    expect((await sink.post('/api/mail/lookup', { message_ids: ['<d@x>'] })).counts).toEqual({ '<d@x>': 2 });
  });

  it('has no message that is a rule for itself: a misspelt rule is an error', async () => {
    const sink = await open();
    expect((await sink.put('/api/behaviour', { smtp: { rejectWidth: 451 } })).status).toBe(400);
  });
});

describe('what was received', () => {
  it('is there again after a restart, and counting goes on', async () => {
    const first = await open(dir);
    await first.mail({ to: 'ann@example.com', messageId: '<r@x>', subject: 'kept' });
    await close(first);

    const second = await open(dir);
    await second.mail({ to: 'ann@example.com', messageId: '<r@x>', subject: 'again' });
    expect(await second.get('/api/mail/summary')).toMatchObject({ received: 2, distinct: 1 });
    const { items } = await second.get('/api/mail');
    expect(items.map(({ id, subject }: { id: number; subject: string }) => [id, subject])).toEqual([
      [2, 'again'],
      [1, 'kept'],
    ]);
    expect(await second.get('/api/mail/1')).toMatchObject({ text: 'hello\n' });
  });

  it('tolerates a torn last line and a damaged line, and writes on after them', async () => {
    const first = await open(dir);
    for (const messageId of ['<1@x>', '<2@x>', '<3@x>']) await first.mail({ to: 'ann@example.com', messageId });
    await close(first);
    const list = join(dir, 'mail.ndjson');
    const lines = (await readFile(list, 'utf8')).split('\n');
    await writeFile(list, [lines[0], `{${lines[1]}`, lines[2]].join('\n').concat('\n'));
    await appendFile(list, '{"id":4,"message_id":"<4@');

    const second = await open(dir);
    await second.mail({ to: 'ann@example.com', messageId: '<5@x>' });
    await close(second);

    const third = await open(dir);
    const message_ids = ['<1@x>', '<2@x>', '<3@x>', '<5@x>'];
    const { counts } = await third.post('/api/mail/lookup', { message_ids });
    expect(counts).toEqual({ '<1@x>': 1, '<2@x>': 0, '<3@x>': 1, '<5@x>': 1 });
    expect(await third.get('/api/mail/summary')).toMatchObject({ received: 3 });
  });

  it('includes every mail that was answered with 250 before a SIGKILL', async () => {
    const { child, smtpUrl } = await spawnSink(dir);
    const transport = nodemailer.createTransport({ url: smtpUrl, pool: true, maxConnections: 10 });
    const answered: string[] = [];
    const sends = Array.from({ length: 500 }, async (_, n) => {
      const messageId = `<k${n}@x>`;
      await transport.sendMail({
        from: 'no-reply@atlas.example',
        to: 'ann@example.com',
        messageId,
        text: 'x'.repeat(2000),
      });
      if (answered.push(messageId) === 150) child.kill('SIGKILL');
    });
    await Promise.allSettled(sends);
    transport.close();

    const sink = await open(dir);
    const { counts } = await sink.post('/api/mail/lookup', { message_ids: answered });
    expect(answered.length).toBeGreaterThanOrEqual(150);
    expect(answered.length).toBeLessThan(500);
    expect(new Set(Object.values(counts))).toEqual(new Set([1]));
    await sendMail(sink.smtpUrl, { to: 'ann@example.com' });
  });
});

async function spawnSink(where: string): Promise<{ child: ChildProcess; smtpUrl: string }> {
  const child = spawn(process.execPath, [join(__dirname, 'main.ts')], {
    env: { PATH: process.env['PATH'], SINK_PORT: '0', SMTP_PORT: '0', SINK_DIR: where },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return { child, smtpUrl: `smtp://127.0.0.1:${JSON.parse(line).smtp_port}` };
}

leakCheck();
