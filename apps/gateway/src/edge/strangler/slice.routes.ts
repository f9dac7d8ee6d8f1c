import { parse, problem } from '@atlas/platform';
import type { Router } from 'express';
import { z } from 'zod';
import { RejectedError } from '../../rejected.domain.ts';
import { lineOfText, requiredOr } from '../../text.ts';
import { userOf } from '../identity.ts';
import { routerFor } from '../router-for.ts';
import type { CurrentModes } from './current-modes.ts';
import type { Mismatches } from './mismatches.ts';
import { assertPossible, modes as allModes, possibleModes } from './mode.domain.ts';
import type { Observations } from './observations.ts';
import { changeView, numbersView, sliceView } from './slice.view.ts';
import type { Slice } from './slice.ts';

export interface SliceRoutesDeps {
  slices: readonly Slice[];
  modes: CurrentModes;
  observations: Observations;
  mismatches: Mismatches;
  windowMs: number;
}

export const sliceParams = z.strictObject({ name: z.string().meta({ example: 'feed' }) });

/** The body of a change. `percent` belongs to canary and to nothing else. */
export const modeChangeBody = z
  .strictObject({
    mode: z.enum(allModes, requiredOr(`must be one of ${allModes.join(', ')}`)),
    percent: z
      .number('must be a number from 0 to 100')
      .min(0, 'must be a number from 0 to 100')
      .max(100, 'must be a number from 0 to 100')
      .multipleOf(0.01, 'must have at most two decimals')
      .optional(),
    reason: lineOfText(500),
    automatic_rollback: z.boolean('must be true or false').default(true),
  })
  .refine(({ mode, percent }) => mode !== 'canary' || percent !== undefined, {
    path: ['percent'],
    message: 'required for canary',
  })
  .refine(({ mode, percent }) => mode === 'canary' || percent === undefined, {
    path: ['percent'],
    message: 'is for canary only',
  });

/** How many of the latest changes, examples and windows one slice is shown with. */
const shownChanges = 50;
const shownExamples = 20;
const shownWindows = 6;

/** What an operator sees and changes of the slices. Behind `requireUser` with the role operator. */
export function sliceRoutes({ slices, modes, observations, mismatches, windowMs }: SliceRoutesDeps): Router {
  const router = routerFor(['/operator']);
  const view = (slice: Slice) => sliceView(slice, modes.of(slice), possibleModes(abilitiesOf(slice)));

  router.get('/operator/slices', (_req, res) => {
    res.json({ items: slices.map(view) });
  });

  router.get('/operator/slices/:name', async (req, res) => {
    const slice = sliceOf(slices, parse(sliceParams, req.params, 'params').name);
    const of = { slice: slice.name, version: modes.of(slice).version };
    const [totals, windows, examples, history] = await Promise.all([
      observations.totals(of),
      observations.windows(of, shownWindows),
      mismatches.list(slice.name, shownExamples),
      modes.history(slice, shownChanges),
    ]);
    res.json({
      ...view(slice),
      since_change: numbersView(totals),
      window_seconds: windowMs / 1000,
      last_windows: windows.map(numbersView),
      mismatches: examples,
      history: history.map(changeView),
    });
  });

  router.put('/operator/slices/:name', async (req, res) => {
    const slice = sliceOf(slices, parse(sliceParams, req.params, 'params').name);
    const { mode, percent, reason, automatic_rollback: automaticRollback } = parse(modeChangeBody, req.body, 'body');
    refuseImpossible(() => assertPossible(abilitiesOf(slice), mode));
    const changedBy = userOf(req).email;
    await modes.change(slice, { mode, percent: percent ?? null, reason, changedBy, automaticRollback });
    res.json(view(slice));
  });

  return router;
}

function abilitiesOf({ name, monolith, service }: Slice) {
  return {
    name,
    hasMonolith: monolith !== undefined,
    hasService: service.url !== undefined,
    serviceName: service.name,
  };
}

function sliceOf(slices: readonly Slice[], name: string): Slice {
  const slice = slices.find((candidate) => candidate.name === name);
  if (!slice) throw problem(404, 'SLICE_NOT_FOUND', `There is no slice "${name}".`);
  return slice;
}

function refuseImpossible(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof RejectedError) throw problem(409, error.code, error.message, error.facts);
    throw error;
  }
}
