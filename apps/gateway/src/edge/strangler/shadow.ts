import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@atlas/platform';
import type { ServiceAnswer, ServiceClient } from '../service-client.ts';
import { createAllowance } from './allowance.ts';
import { type ComparedAnswer, createAnswerComparison, type Difference } from './compare-answers.ts';
import { controlAnswer } from './control-answer.ts';
import { exampleOf } from './mismatch-example.ts';
import type { Mismatches } from './mismatches.ts';
import type { Observations, Observed } from './observations.ts';
import type { Comparison, MonolithFeature, MonolithRequest } from './slice.ts';

export interface ShadowSettings {
  /** How long the candidate may take; later counts as an error. */
  readonly timeoutMs: number;
  /** Comparisons at the same time in this replica; what comes above is not compared. */
  readonly mostAtOnce: number;
  /**
   * Comparisons in a second in this replica. Each costs about as much as a request, on the machines of the users' requests;
   * above this it would be them who pay, and what it tells would not be new.
   */
  readonly mostPerSecond: number;
  /** After a difference both are asked again this much later: a read model that lags has caught up by then. */
  readonly lookAgainAfterMs: number;
  /** The share of comparisons without a difference for which the control is asked twice, 0 to 1. */
  readonly controlTwice: number;
  /** Answers of the candidate above this are not compared. */
  readonly maxBytes: number;
}

export const usualShadowSettings: ShadowSettings = {
  timeoutMs: 2_000,
  mostAtOnce: 16,
  mostPerSecond: 10,
  lookAgainAfterMs: 2_000,
  controlTwice: 0.05,
  maxBytes: 512 * 1024,
};

/** A request that the monolith has answered, and how. */
export interface Answered {
  readonly request: MonolithRequest;
  readonly feature: MonolithFeature;
  /** Path and query. */
  readonly path: string;
  readonly control: ComparedAnswer;
}

export interface Shadow {
  /** Asks the service the same and compares, beside everything else: returns at once and never throws. */
  follow(observed: Observed, answered: Answered): void;
  /** Gives up what is under way. */
  stop(): Promise<void>;
}

/**
 * The shadow of one slice. Nothing of it is in the user's way: it begins when the answer has been sent, has a time limit,
 * and a limit of how many run at once and in a second.
 */
export function createShadow(deps: {
  service: ServiceClient;
  rules: Comparison;
  settings: ShadowSettings;
  observations: Observations;
  mismatches: Mismatches;
  clock: () => Date;
  random: () => number;
  logger: Logger;
}): Shadow {
  const { service, settings, observations, mismatches, clock, random, logger } = deps;
  const comparison = createAnswerComparison(deps.rules);
  const stopping = new AbortController();
  // atlas-local-ok: comparisons this replica has under way: bounded per replica, awaited at stop (ADR 11)
  const running = new Set<Promise<void>>();
  const allowance = createAllowance({
    perSecond: settings.mostPerSecond,
    burst: settings.mostAtOnce,
    now: () => performance.now(),
  });

  async function look(observed: Observed, answered: Answered): Promise<void> {
    const candidate = await askService(observed, answered);
    if (candidate === 'failed') return;
    if (candidate === 'incomparable') return observations.compared(observed, 'skipped_incomparable');
    const first = await differencesOf(answered, answered.control, candidate);
    if (first.length === 0) {
      if (random() < settings.controlTwice) await noiseOf(observed, answered);
      return observations.compared(observed, 'match');
    }
    // The control that differs from itself at a place says nothing about the candidate there.
    const noise = await noiseOf(observed, answered);
    const unexplained = (found: Difference[]) => found.filter(({ path }) => !noise.has(path));
    if (unexplained(first).length === 0) return observations.compared(observed, 'noise');
    const second = await lookAgain(observed, answered);
    if (!second) return;
    const left = unexplained(second.differences);
    observations.compared(observed, left.length === 0 ? 'lag' : 'mismatch');
    if (left.length === 0) return;
    await mismatches.keep(
      observed.slice,
      exampleOf(comparison, { ...second, observed, answered, differences: left, at: clock() }),
    );
  }

  /** The differences, where the candidate says how far it is: with the control as it was at that moment. */
  async function differencesOf(
    { request, feature }: Answered,
    control: ComparedAnswer,
    candidate: ComparedAnswer,
  ): Promise<Difference[]> {
    const found = comparison.differences(control, candidate);
    const asOf = comparison.asOf(candidate);
    if (found.length === 0 || !asOf) return found;
    return comparison.differences(await controlAnswer(feature({ ...request, asOf })), candidate);
  }

  async function noiseOf(observed: Observed, { request, feature, control }: Answered): Promise<Set<string>> {
    const found = comparison.differences(control, await controlAnswer(feature(request)));
    observations.controlRepeated(observed, found.length > 0);
    return new Set(found.map(({ path }) => path));
  }

  async function lookAgain(observed: Observed, answered: Answered) {
    await delay(settings.lookAgainAfterMs, undefined, { signal: stopping.signal });
    const control = await controlAnswer(answered.feature(answered.request));
    const candidate = await askService(observed, answered);
    if (candidate === 'failed') return undefined;
    if (candidate === 'incomparable') return observations.compared(observed, 'skipped_incomparable');
    return { control, candidate, differences: await differencesOf(answered, control, candidate) };
  }

  async function askService(
    observed: Observed,
    { request: { user }, path }: Answered,
  ): Promise<ComparedAnswer | 'failed' | 'incomparable'> {
    const startedAt = performance.now();
    const { timeoutMs, maxBytes } = settings;
    const answer = await service
      .ask(path, user, { timeoutMs, maxBytes, signal: stopping.signal })
      .catch((error: unknown) => (error instanceof RangeError ? ('incomparable' as const) : ('failed' as const)));
    if (stopping.signal.aborted) return 'failed';
    const failed = answer === 'failed' || (answer !== 'incomparable' && answer.status >= 500);
    observations.answered(observed, 'service', { ms: performance.now() - startedAt, failed });
    if (failed) return 'failed';
    return typeof answer === 'string' ? answer : comparable(answer);
  }

  return {
    follow(observed, answered) {
      if (running.size >= settings.mostAtOnce || !allowance.take()) {
        return observations.compared(observed, 'skipped_busy');
      }
      const run = look(observed, answered)
        .catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          observations.compared(observed, 'skipped_incomparable');
          logger.warn({ err: error, slice: observed.slice }, 'a comparison could not be made');
        })
        .finally(() => running.delete(run));
      running.add(run);
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function comparable({ status, contentType, text }: ServiceAnswer): ComparedAnswer | 'incomparable' {
  if (status >= 300) return { status, body: undefined };
  if (!/^application\/([a-z.+-]+\+)?json\b/i.test(contentType)) return 'incomparable';
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return 'incomparable';
  }
}
