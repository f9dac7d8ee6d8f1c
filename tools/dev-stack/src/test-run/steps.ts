import { readFileSync } from 'node:fs';

/** What a step of the test run came to. Only Jest counts single tests; any other step is counted when it fails. */
export interface StepResult {
  title: string;
  ok: boolean;
  ms: number;
  passed: number;
  failed: number;
}

/** The part of Jest's JSON report that is read. */
interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  /** Files that could not even be loaded: their tests are in no other number. */
  numRuntimeErrorTestSuites: number;
}

/** Passed and failed tests of a Jest report file; one failure when there is none, because Jest itself has failed then. */
export function readJestCounts(file: string): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
    return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** The counts of one Jest run; a run that failed without a failed test (a leak, a crash) is one failure. */
export function jestResult(title: string, run: { ok: boolean; ms: number; reportFile: string }): StepResult {
  const { passed, failed } = readJestCounts(run.reportFile);
  return { title, ok: run.ok && failed === 0, ms: run.ms, passed, failed: run.ok ? failed : Math.max(1, failed) };
}

/** The last line of a test run, which scripts read. */
export function closingLine(results: StepResult[]): string {
  const sum = (count: (result: StepResult) => number): number =>
    results.reduce((total, each) => total + count(each), 0);
  return `Tests: ${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`;
}
