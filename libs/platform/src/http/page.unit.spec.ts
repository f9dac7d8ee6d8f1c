import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { escaped, html } from './html.ts';
import { sendPage } from './page.ts';

function sent(page: Parameters<typeof sendPage>[1]) {
  const headers: Record<string, string> = {};
  let body = '';
  const res = {
    set: (more: Record<string, string>) => Object.assign(headers, more),
    type: () => ({ send: (text: string) => (body = text) }),
  };
  sendPage(res as unknown as Response, page);
  return { headers, body };
}

it('is shown with its own style and no script at all', () => {
  const { headers, body } = sent({ title: 'T', body: html`<p>B</p>` });
  const style = /<style>([\s\S]*?)<\/style>/.exec(body)![1]!;
  const digest = createHash('sha256').update(style).digest('base64');
  const policy = headers['content-security-policy']!.split(';');
  expect(policy).toContain(`style-src 'sha256-${digest}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy.join()).not.toMatch(/unsafe|script-src/);
});

it('shows text as text', () => {
  const { body } = sent({ title: '<script>', body: html`<p title="${'"><b>'}">${'<i>'}</p>` });
  expect(body).toContain('<title>&lt;script&gt; · Atlas</title>');
  expect(body).toContain('<p title="&quot;&gt;&lt;b&gt;">&lt;i&gt;</p>');
  expect(escaped(`<&>"'`)).toBe('&lt;&amp;&gt;&quot;&#39;');
});
