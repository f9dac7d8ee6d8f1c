import { parse } from '@atlas/platform';
import { Router } from 'express';
import type { Response } from 'express';
import { z } from 'zod';
import type { Behaviour } from '../behaviour.ts';
import { bodyOf } from '../hook.routes.ts';
import type { HookStore } from '../hook-store.ts';
import type { MailStore } from '../mail-store.ts';
import { hookParams, pageQuery } from '../request.ts';
import { liveScript, styleSheet } from './assets.ts';
import { hookListPage, hookPage } from './hook-pages.ts';
import { html, type Html } from '@atlas/platform';
import { page } from './layout.ts';
import type { Section } from './layout.ts';
import { mailListPage, mailPage } from './mail-pages.ts';
import { overviewPage } from './overview-page.ts';

const pageLimit = 50;
const mailList = z.object({ search: z.string().default(''), offset: pageQuery.offset });
const mailParams = z.object({ id: z.coerce.number().int() });
const mailView = z.object({ view: z.enum(['html', 'text', 'headers']).optional() });
const hookQuery = z.object({ id: z.coerce.number().int().optional(), offset: pageQuery.offset });

const pagePolicy = [
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:",
  "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
].join('; ');
/** A mail is somebody else's document: no scripts, no network, no origin, wherever it is opened. */
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

export interface PageDeps {
  mail: MailStore;
  hooks: HookStore;
  behaviour: Behaviour;
}

/** The pages for people. */
export function pages({ mail, hooks, behaviour }: PageDeps): Router {
  const router = Router();
  router.get('/style.css', (_req, res) => void res.type('css').send(styleSheet));
  router.get('/live.js', (_req, res) => void res.type('js').send(liveScript));

  router.get('/', (_req, res) => {
    const { smtp, ...rules } = behaviour.current();
    const misbehaves = smtp !== null || Object.values(rules).some((named) => Object.keys(named).length > 0);
    const misbehaviour = misbehaves ? JSON.stringify({ smtp, ...rules }) : null;
    const newest = mail.list({ limit: 8 }).items;
    const view = { mail: mail.summary(), newest, copiesOf: mail.copiesOf, hooks: hooks.overview(), misbehaviour };
    sendPage(res, overviewPage(view));
  });

  router.get('/mail', (req, res) => {
    const { search, offset } = parse(mailList, req.query, 'query');
    const found = mail.list({ search, offset, limit: pageLimit });
    sendPage(res, mailListPage({ ...found, search, offset, limit: pageLimit, copiesOf: mail.copiesOf }));
  });

  router.get('/mail/:id', async (req, res) => {
    const { id } = parse(mailParams, req.params, 'params');
    const [found, email] = [mail.get(id), await mail.parsed(id)];
    if (!found || !email) return sendNotFound(res, 'mail', `There is no mail ${id}.`);
    const tab = parse(mailView, req.query, 'query').view ?? (email.html === undefined ? 'text' : 'html');
    const copies = found.message_id === null ? 1 : mail.copiesOf(found.message_id);
    sendPage(res, mailPage({ mail: found, email, tab, copies }));
  });

  router.get('/mail/:id/html', async (req, res) => {
    const email = await mail.parsed(parse(mailParams, req.params, 'params').id);
    res
      .set('content-security-policy', mailPolicy)
      .type('html')
      .send(email?.html ?? '');
  });

  router.get('/mail/:id/source', async (req, res) => {
    const raw = await mail.raw(parse(mailParams, req.params, 'params').id);
    res
      .set('content-security-policy', mailPolicy)
      .type('text/plain')
      .send(raw?.toString('utf8') ?? '');
  });

  router.get('/hooks', (req, res) => sendPage(res, hookListPage(hooks.overview(), `http://${req.get('host')}`)));

  router.get('/hooks/:name', async (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const { id, offset } = parse(hookQuery, req.query, 'query');
    const found = hooks.list({ hook: name, limit: pageLimit, offset });
    const delivery = found.items.find((item) => item.id === id) ?? found.items[0];
    const selected = delivery && { delivery, body: await bodyOf(hooks, delivery) };
    const copiesOf = (webhookId: string) => hooks.copiesOf(name, webhookId);
    sendPage(res, hookPage({ ...found, name, offset, limit: pageLimit, copiesOf, selected }));
  });

  return router;
}

function sendPage(res: Response, content: Html): void {
  res.set('content-security-policy', pagePolicy).type('html').send(content.markup);
}

function sendNotFound(res: Response, section: Section, text: string): void {
  res.status(404);
  sendPage(res, page({ title: 'Not found', section, body: html`<h1>${text}</h1>` }));
}
