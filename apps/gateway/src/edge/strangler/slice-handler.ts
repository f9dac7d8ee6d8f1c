import { AsyncResource } from 'node:async_hooks';
import { HttpProblem, notFoundHandler } from '@atlas/platform';
import { bucketOf } from '@atlas/shared-state';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { userOf } from '../identity.ts';
import { type ServiceClient, ServiceDownError } from '../service-client.ts';
import type { CurrentModes } from './current-modes.ts';
import { answeredBy, type SliceState } from './mode.domain.ts';
import { type ControlAnswer, controlAnswer } from './control-answer.ts';
import type { Observations, Observed, Side } from './observations.ts';
import type { Shadow } from './shadow.ts';
import type { MonolithAnswer, MonolithFeature, Slice } from './slice.ts';

export interface SliceHandlerDeps {
  slice: Slice;
  modes: CurrentModes;
  observations: Observations;
  /** Missing while the service does not exist. */
  service: ServiceClient | undefined;
  /** Missing where nothing can be compared. */
  shadow: Shadow | undefined;
}

/** Longer than a service may take for any answer; the client gets a 503 then and may try again with its key. */
const answerTimeoutMs = 15_000;
/** A user whom the monolith can answer instead does not wait as long for a service that hangs. */
const fallbackTimeoutMs = 2_000;

interface Visit {
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
  readonly state: SliceState;
  readonly observed: Observed;
  /** Changes nothing: it may be asked twice. */
  readonly isSafe: boolean;
}

/**
 * Answers the requests of a slice behind `requireUser`. The mode is read once per request, so a change never splits
 * one. `atlas-slice` in the answer says who has given it.
 */
export function createSliceHandler({ slice, modes, observations, service, shadow }: SliceHandlerDeps): RequestHandler {
  const notFound = notFoundHandler();

  async function answerFromMonolith(visit: Visit): Promise<void> {
    const { req, res, observed, state, isSafe } = visit;
    const feature = featureOf(slice, req);
    if (!feature) return void notFound(req, res, visit.next);
    const request = { user: userOf(req), query: req.query };
    const answer = await timed(observed, () => feature(request));
    if (shadow && state.mode === 'shadow' && isSafe && !isFailure(answer)) {
      const answered = { request, feature, path: req.originalUrl, control: answer };
      // When the answer is out, not beside it: both share this process, and the user would wait for the comparison.
      const follow = AsyncResource.bind(() => shadow.follow(observed, answered));
      res.once('finish', follow);
    }
    if (answer.problem) throw answer.problem;
    res.status(answer.status).json(answer.body);
  }

  async function timed(observed: Observed, ask: () => Promise<MonolithAnswer>): Promise<ControlAnswer> {
    const startedAt = performance.now();
    const seen = (failed: boolean) =>
      observations.answered(observed, 'monolith', { ms: performance.now() - startedAt, failed });
    try {
      const answer = await controlAnswer(ask());
      seen(isFailure(answer));
      return answer;
    } catch (error) {
      seen(true);
      throw error;
    }
  }

  async function answerFromService(visit: Visit, client: ServiceClient): Promise<void> {
    const { req, res, observed, isSafe, state } = visit;
    // Only in canary: later the monolith may be gone, or not be fed any more.
    const canFallBack = isSafe && state.mode === 'canary' && featureOf(slice, req) !== undefined;
    const startedAt = performance.now();
    const seen = (failed: boolean) =>
      observations.answered(observed, 'service', { ms: performance.now() - startedAt, failed });
    try {
      await client.forward(req, res, {
        timeoutMs: canFallBack ? fallbackTimeoutMs : answerTimeoutMs,
        repeatable: isSafe,
        addPolicy: slice.pages === true,
        ...(canFallBack && { refuse: (status) => status >= 500 }),
        began: (status) => seen(status >= 500),
      });
    } catch (error) {
      if (!(error instanceof ServiceDownError)) throw error;
      seen(true);
      if (!canFallBack) throw unavailable(slice, error);
      tellWho(res, slice, state, 'monolith');
      await answerFromMonolith(visit);
    }
  }

  return async (req, res, next) => {
    const state = modes.of(slice);
    const observed = { slice: slice.name, version: state.version };
    const visit = { req, res, next, state, observed, isSafe: slice.safeMethods.includes(req.method) };
    const by = answeredBy(state, bucketOf(slice.name, userOf(req).tenantId));
    res.locals.route = `${req.baseUrl}/*`;
    tellWho(res, slice, state, by);
    if (by === 'monolith') return answerFromMonolith(visit);
    if (service) return answerFromService(visit, service);
    throw unavailable(slice, undefined);
  };
}

/** As a structured field (RFC 9651): an item with parameters. */
function tellWho(res: Response, slice: Slice, { mode }: SliceState, by: Side): void {
  res.set('atlas-slice', `${slice.name}; mode=${mode}; by=${by}`);
}

/** Paths match as Express matches them: in any letter case, with or without a slash at the end. */
function featureOf({ monolith }: Slice, req: Request): MonolithFeature | undefined {
  const path = `${req.baseUrl}${req.path}`.toLowerCase().replace(/\/$/, '');
  return monolith?.[`${req.method === 'HEAD' ? 'GET' : req.method} ${path}`];
}

function isFailure({ status }: ControlAnswer): boolean {
  return status >= 500;
}

function unavailable({ service: { name } }: Slice, cause: unknown) {
  const detail = `The service "${name}" does not answer at the moment. Try again shortly.`;
  return new HttpProblem(503, 'SERVICE_UNAVAILABLE', detail, {}, { 'retry-after': '2' }, { cause });
}
