import { setTimeout as delay } from 'node:timers/promises';
import { parse, problem } from '@atlas/platform';
import express, { Router } from 'express';
import { z } from 'zod';
import type { Behaviour, HookRule } from './behaviour.ts';
import type { HookSecrets } from './hook-secrets.ts';
import type { HookStore } from './hook-store.ts';
import { hookParams } from './request.ts';

const secretBody = z.strictObject({ secret: z.string().startsWith('whsec_') });
const maxBody = '5mb';

export interface HookReceiverDeps {
  store: HookStore;
  secrets: HookSecrets;
  behaviour: Behaviour;
  /** Aborts when the sink stops, which ends delays. */
  stopping: AbortSignal;
}

/** `POST /hooks/:name` is what tenants register as their endpoint; `PUT` tells the receiver its secret. */
export function hookReceiver({ store, secrets, behaviour, stopping }: HookReceiverDeps): Router {
  const router = Router();

  router.put('/:name', express.json(), async (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const { secret } = parse(secretBody, req.body, 'body');
    try {
      await secrets.register(name, secret);
    } catch (error) {
      throw problem(400, 'BAD_SECRET', `The secret is no base64 after whsec_: ${(error as Error).message}`);
    }
    res.status(204).end();
  });

  router.post('/:name', express.raw({ type: () => true, limit: maxBody }), async (req, res) => {
    const { name } = parse(hookParams, req.params, 'params');
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const rule = behaviour.hookRuleOf(name);
    if (rule.delayMs) await delay(rule.delayMs, undefined, { signal: stopping }).catch(() => undefined);
    const signature = secrets.check(name, body, req.headers as Record<string, string>);
    const { status, accepted } = outcomeOf(rule, signature === 'invalid');
    const delivery = { hook: name, webhook_id: req.get('webhook-id') ?? null, type: typeOf(body), signature };
    await store.add({ ...delivery, status, accepted }, body);
    if (rule.hang) return;
    if (status === null) req.socket.destroy();
    else if (signature === 'invalid') throw problem(401, 'BAD_SIGNATURE', 'The signature does not match the secret.');
    else
      res
        .status(status)
        .set(rule.headers ?? {})
        .end();
  });

  return router;
}

function outcomeOf(rule: HookRule, forged: boolean): { status: number | null; accepted: boolean } {
  if (rule.hang) return { status: null, accepted: false };
  if (forged) return { status: 401, accepted: false };
  if (rule.dropAfterAccept) return { status: null, accepted: true };
  const status = rule.status ?? 204;
  return { status, accepted: status < 300 };
}

/** The event type that a Standard Webhooks body names; null for everything else. */
function typeOf(body: Buffer): string | null {
  try {
    const { type } = JSON.parse(body.toString('utf8')) as { type?: unknown };
    return typeof type === 'string' ? type : null;
  } catch {
    return null;
  }
}
