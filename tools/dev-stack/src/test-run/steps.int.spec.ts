import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliveryChecks } from './delivery-checks.ts';
import { closingLine, jestResult, type StepResult } from './steps.ts';

const dir = mkdtempSync(join(tmpdir(), 'atlas-steps-'));
afterAll(() => rmSync(dir, { recursive: true }));

function report(counts: object) {
  const file = join(dir, 'report.json');
  writeFileSync(
    file,
    JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, ...counts }),
  );
  return file;
}
const check = (ok: boolean): StepResult => ({ title: 'Lint', ok, ms: 1, passed: 0, failed: ok ? 0 : 1 });

describe('the closing line', () => {
  it('counts the tests of every Jest run and each failed step', () => {
    const first = jestResult('unit', { ok: true, ms: 1, reportFile: report({ numPassedTests: 40 }) });
    const second = jestResult('e2e', {
      ok: false,
      ms: 1,
      reportFile: report({ numPassedTests: 2, numFailedTests: 3 }),
    });
    expect(closingLine([check(true), check(false), first, second])).toBe('Tests: 42 passed, 4 failed');
  });

  it.each([
    ['a file that could not be loaded', { ok: false, reportFile: () => report({ numRuntimeErrorTestSuites: 1 }) }, 1],
    ['a run that left something open', { ok: false, reportFile: () => report({ numPassedTests: 5 }) }, 1],
    ['a run without a report', { ok: false, reportFile: () => join(dir, 'missing.json') }, 1],
    ['a run without a report that says it is fine', { ok: true, reportFile: () => join(dir, 'missing.json') }, 1],
  ])('counts %s as failed', (_, run, failed) => {
    const result = jestResult('unit', { ok: run.ok, ms: 1, reportFile: run.reportFile() });
    expect(result).toMatchObject({ ok: false, failed });
  });
});

test('what is checked of the delivery has a name, and is missed when it did not run', () => {
  const ran = (name: string, status = 'passed') => ({
    ...{ name: join('/atlas', name), status },
    assertionResults: [{ status }],
  });
  const testResults = [
    ran('infra/src/system.unit.spec.ts'),
    ran('tools/delivery/src/compose.unit.spec.ts', 'failed'),
    ran('tools/delivery/src/pipeline/workflows.unit.spec.ts'),
  ];
  expect(deliveryChecks(report({ testResults }), '/atlas').map(({ what, ok, passed }) => [what, ok, passed])).toEqual([
    ['CDK synthesis of every stage, with cdk-nag', true, 1],
    ['docker-compose.yml against the Compose specification', false, 0],
    ['Dockerfile lint', false, 0],
    ['workflows, by actionlint', true, 1],
  ]);
});
