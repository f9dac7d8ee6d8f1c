import { currentContext } from '@atlas/platform';
import type { AnswerComparison, ComparedAnswer, Difference } from './compare-answers.ts';
import type { Mismatch } from './mismatches.ts';
import type { Observed } from './observations.ts';
import { redacted, redactedPath } from './redact.ts';
import type { Answered } from './shadow.ts';

/** More of one answer repeat what the first ones say. */
const mostShown = 20;

/** What is kept of two answers that differ: where, and the values only as far as the table of slices shows them. */
export function exampleOf(
  comparison: AnswerComparison,
  seen: {
    observed: Observed;
    answered: Answered;
    control: ComparedAnswer;
    candidate: ComparedAnswer;
    differences: readonly Difference[];
    at: Date;
  },
): Mismatch {
  const { observed, answered, control, candidate, differences, at } = seen;
  const shown = ({ path, control: ofMonolith, candidate: ofService }: Difference) => {
    const isOpen = comparison.mayShow(path, control) || comparison.mayShow(path, candidate);
    const said = (value: unknown) => (isOpen && value !== undefined ? value : redacted(value));
    return { path, monolith: said(ofMonolith), service: said(ofService) };
  };
  return {
    at: at.toISOString(),
    mode_version: observed.version,
    tenant_id: answered.request.user.tenantId,
    request: redactedPath(answered.path),
    correlation_id: currentContext()?.correlationId ?? null,
    differences: differences.slice(0, mostShown).map(shown),
    more_differences: Math.max(0, differences.length - mostShown),
  };
}
