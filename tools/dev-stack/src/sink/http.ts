import { notFoundHandler, parse, problemHandler } from '@atlas/platform';
import type { Logger } from '@atlas/platform';
import express from 'express';
import type { Express, Request, Response } from 'express';
import { behaviourChange } from './behaviour.ts';
import type { Behaviour } from './behaviour.ts';
import { hookReceiver } from './hook-receiver.routes.ts';
import { hookApi } from './hook.routes.ts';
import type { HookSecrets } from './hook-secrets.ts';
import type { HookStore } from './hook-store.ts';
import { mailApi } from './mail.routes.ts';
import type { MailStore } from './mail-store.ts';
import { pages } from './pages/page.routes.ts';

export interface SinkAppDeps {
  mail: MailStore;
  hooks: HookStore;
  secrets: HookSecrets;
  behaviour: Behaviour;
  logger: Logger;
  /** Aborts when the sink stops, which ends delays and open streams. */
  stopping: AbortSignal;
}

/** Receivers, JSON API and pages of the sink as one Express app. */
export function createSinkApp({ mail, hooks, secrets, behaviour, logger, stopping }: SinkAppDeps): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use((_req, res, next) => {
    res.set({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    next();
  });
  app.use('/hooks', hookReceiver({ store: hooks, secrets, behaviour, stopping }));
  app.use('/api', express.json({ limit: '5mb' }));
  app.use('/api/mail', mailApi(mail));
  app.use('/api/hooks', hookApi(hooks, secrets));
  app.get('/api/behaviour', (_req, res) => void res.json(behaviour.current()));
  app.put('/api/behaviour', (req, res) => {
    behaviour.change(parse(behaviourChange, req.body, 'body'));
    res.json(behaviour.current());
  });
  app.get('/api/changes', (req, res) => streamChanges(req, res, { mail, hooks, stopping }));
  app.use(pages({ mail, hooks, behaviour }));
  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}

/** Server-sent events that say that something arrived, for pages that keep themselves fresh. */
function streamChanges(
  req: Request,
  res: Response,
  { mail, hooks, stopping }: Pick<SinkAppDeps, 'mail' | 'hooks' | 'stopping'>,
): void {
  res.set({ 'content-type': 'text/event-stream' }).flushHeaders();
  const unwatch = [
    mail.arrivals.watch(() => res.write('data: mail\n\n')),
    hooks.arrivals.watch(() => res.write('data: hook\n\n')),
  ];
  const end = () => res.end();
  stopping.addEventListener('abort', end);
  req.once('close', () => {
    stopping.removeEventListener('abort', end);
    for (const leave of unwatch) leave();
  });
}
