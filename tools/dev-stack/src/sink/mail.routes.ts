import { parse, problem } from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import type { MailStore } from './mail-store.ts';
import { bracketed } from './mail-store.ts';
import { maxLookupIds, pageQuery, waitQuery, whileOpen } from './request.ts';

const summaryQuery = z.strictObject({ since: z.coerce.date().optional() });
const listQuery = z.strictObject({ ...pageQuery, to: z.string().optional() });
const lookupBody = z.strictObject({ message_ids: z.array(z.string()).max(maxLookupIds) });
const waitForMail = z.strictObject({ ...waitQuery, message_id: z.string() });
const idParams = z.strictObject({ id: z.coerce.number().int() });

/** `/api/mail`: what has been received, for programs. */
export function mailApi(store: MailStore): Router {
  const router = Router();

  router.get('/summary', (req, res) => {
    const { since } = parse(summaryQuery, req.query, 'query');
    res.json(store.summary(since));
  });

  router.post('/lookup', (req, res) => {
    const { message_ids } = parse(lookupBody, req.body, 'body');
    res.json({ counts: Object.fromEntries(message_ids.map((id) => [id, store.copiesOf(id)])) });
  });

  router.get('/wait', async (req, res) => {
    const { message_id, timeout_ms } = parse(waitForMail, req.query, 'query');
    const mail =
      store.firstOf(message_id) ??
      (await store.arrivals.next([bracketed(message_id)], { timeoutMs: timeout_ms, signal: whileOpen(res) }));
    if (mail) res.json(mail);
    else res.status(204).end();
  });

  router.get('/', (req, res) => {
    const { to, limit, offset } = parse(listQuery, req.query, 'query');
    res.json(store.list({ search: to, limit, offset }));
  });

  router.get('/:id', async (req, res) => {
    const { id } = parse(idParams, req.params, 'params');
    const [mail, parsed] = [store.get(id), await store.parsed(id)];
    if (!mail || !parsed) throw problem(404, 'MAIL_NOT_FOUND', `No mail has the id ${id}.`);
    res.json({ ...mail, text: parsed.text ?? null, html: parsed.html ?? null, headers: parsed.headers });
  });

  return router;
}
