import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A sentence, not "not needed". */
const shortestReason = 30;

/** Leaves a finding of cdk-nag on this construct standing, for the reason given. Throws when that explains nothing. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  if (reason.length < shortestReason) throw new Error(`${rule} needs a reason that explains it, not "${reason}"`);
  Validations.of(construct).acknowledge({ id: rule, reason });
}
