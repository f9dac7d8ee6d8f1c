import { HttpProblem } from '@atlas/platform';
import type { MonolithAnswer } from './slice.ts';

/** What the monolith said, a refusal included: the service must refuse the same. */
export interface ControlAnswer extends MonolithAnswer {
  readonly problem?: HttpProblem;
}

/** Waits for the monolith's answer. A problem is an answer; anything else that it throws is thrown on. */
export async function controlAnswer(answer: Promise<MonolithAnswer>): Promise<ControlAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return { status: error.status, body: undefined, problem: error };
  }
}
