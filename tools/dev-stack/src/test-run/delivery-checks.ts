import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

/** What has to have been checked before anything is delivered, and the spec that does it. */
const checks: Readonly<Record<string, string>> = {
  'CDK synthesis of every stage, with cdk-nag': 'infra/src/system.unit.spec.ts',
  'docker-compose.yml against the Compose specification': 'tools/delivery/src/compose.unit.spec.ts',
  'Dockerfile lint': 'tools/delivery/src/dockerfile.unit.spec.ts',
  'workflows, by actionlint': 'tools/delivery/src/pipeline/workflows.unit.spec.ts',
};

export interface DeliveryCheck {
  readonly what: string;
  readonly spec: string;
  /** Whether it ran in this run, and everything in it passed. */
  readonly ok: boolean;
  readonly passed: number;
}

/** The part of Jest's JSON report that is read. */
interface JestReport {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

/**
 * Says by name what a run of all unit tests has checked of the delivery, out of Jest's report: a spec that was renamed or left out
 * would otherwise be missing without a word.
 */
export function deliveryChecks(reportFile: string, root: string = workspaceRoot): DeliveryCheck[] {
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport;
  return Object.entries(checks).map(([what, spec]) => {
    const result = testResults.find(({ name }) => relative(root, name) === spec);
    const passed = result?.assertionResults.filter(({ status }) => status === 'passed').length ?? 0;
    return { what, spec, ok: result?.status === 'passed' && passed > 0, passed };
  });
}
