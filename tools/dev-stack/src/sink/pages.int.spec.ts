import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { leakCheck } from '@atlas/testing';
import { startSink } from './sink-under-test.ts';

let sink: Awaited<ReturnType<typeof startSink>>;

beforeEach(async () => {
  sink = await startSink();
});
afterEach(() => sink.stop());

it('shows what a stranger wrote as text, never as markup', async () => {
  const attack = '<script>alert(1)</script>"onload="alert(2)';
  await sink.mail({ to: 'ann@example.com', subject: attack, text: attack, messageId: `<${attack}@x>` });
  await fetch(`${sink.url}/hooks/shop`, { method: 'POST', body: JSON.stringify({ type: attack }) });
  const paths = [
    '/',
    '/mail',
    `/mail?search=${encodeURIComponent(attack)}`,
    '/mail/1?view=text',
    '/mail/1?view=headers',
  ];
  for (const path of [...paths, '/hooks/shop']) {
    const page = await sink.text(path);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('"onload=');
  }
});

it('gives the HTML of a mail no scripts, no network and no origin', async () => {
  await sink.mail({ to: 'ann@example.com', html: '<p>hello<script>alert(1)</script></p>' });
  const page = await sink.text('/mail/1');
  expect(page).toMatch(/<iframe\s+sandbox=""/);
  for (const path of ['/mail/1/html', '/mail/1/source']) {
    const answer = await fetch(`${sink.url}${path}`);
    const policy = answer.headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual(expect.arrayContaining(['sandbox', "default-src 'none'"]));
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

it('pages through a long list', async () => {
  for (let n = 0; n < 120; n += 1) await fetch(`${sink.url}/hooks/shop`, { method: 'POST', body: `{"type":"t${n}."}` });
  const [newest, last] = [await sink.text('/hooks/shop'), await sink.text('/hooks/shop?offset=100')];
  expect(newest).toContain('t119.');
  expect(newest).not.toContain('t69.');
  expect(newest.replace(/\s+/g, ' ')).toContain('1–50 of 120');
  expect(last).toContain('t0.');
  expect(last).not.toContain('t20.');
});

it('tells open pages that something came, and lets go of them at the end', async () => {
  const stream = request(`${sink.url}/api/changes`).end();
  const [answer] = (await once(stream, 'response')) as [IncomingMessage];
  const change = once(answer, 'data');
  await sink.mail({ to: 'ann@example.com' });
  expect(String((await change)[0])).toBe('data: mail\n\n');
  const ended = once(answer, 'end');
  await sink.stop();
  await ended;
});

it('says so where there is nothing', async () => {
  expect((await fetch(`${sink.url}/mail/7`)).status).toBe(404);
  expect((await fetch(`${sink.url}/api/mail/7`)).status).toBe(404);
  expect((await fetch(`${sink.url}/nowhere`)).status).toBe(404);
  expect((await fetch(`${sink.url}/hooks/unknown`)).status).toBe(200);
});

leakCheck();
