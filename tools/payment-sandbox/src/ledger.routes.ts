import { parse, problem } from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import { type Behaviour, behaviourChange } from './behaviour.ts';
import type { Ledger } from './ledger.ts';
import { chargedTwice, totals } from './ledger.domain.ts';

const query = z.strictObject({ account_id: z.string().optional(), charge_id: z.string().optional() });
const params = z.strictObject({ id: z.string().max(64) });

/** For tests and people, not for callers of a provider: the books, and how the provider behaves. */
export function ledgerRoutes({ ledger, behaviour }: { ledger: Ledger; behaviour: Behaviour }): Router {
  const router = Router();

  router.get('/ledger', (req, res) => {
    const wanted = Object.entries(parse(query, req.query, 'query'));
    const matches = ({ metadata }: { metadata: Record<string, string> }) =>
      wanted.every(([name, value]) => metadata[name] === value);
    const payments = [...ledger.state.payments.values()].filter(matches);
    const refunds = [...ledger.state.refunds.values()].filter(matches);
    res.json({ payments, refunds, totals: totals(payments, refunds), charged_twice: chargedTwice(payments) });
  });

  router.post('/ledger/:id/settle', (req, res) => {
    const { id } = parse(params, req.params, 'params');
    const entry = ledger.settle(id);
    if (entry === undefined) throw problem(404, 'ENTRY_NOT_FOUND', `There is no payment or refund ${id}.`);
    res.json(entry);
  });

  router.post('/forget-keys', (_req, res) => {
    ledger.forgetKeys();
    res.status(204).end();
  });

  router.get('/behaviour', (_req, res) => void res.json(behaviour.current));
  router.post('/behaviour', (req, res) => {
    const change = parse(behaviourChange, req.body, 'body');
    behaviour.change(change);
    if (change.accept_refunds !== undefined) ledger.acceptRefunds(change.accept_refunds);
    res.json(behaviour.current);
  });

  return router;
}
