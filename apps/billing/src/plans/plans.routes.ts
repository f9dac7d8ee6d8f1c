import { parse } from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import { type Plan, plans } from './plans.domain.ts';

/** `GET /billing/plans`: what is sold, for every member. */
export function plansRoutes(): Router {
  const router = Router();
  router.get('/billing/plans', (req, res) => {
    parse(z.strictObject({}), req.query, 'query');
    res.json({ items: plans.map(presentPlan) });
  });
  return router;
}

function presentPlan({ planId, name, interval, prices }: Plan) {
  const amounts = Object.entries(prices).map(([currency, amount_cents]) => ({ currency, amount_cents }));
  return { plan_id: planId, name, interval, prices: amounts };
}
