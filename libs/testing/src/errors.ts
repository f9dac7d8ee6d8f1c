/** A condition that a test waits for did not come true in time; `cause` is what the last try threw. */
export class ConditionTimeoutError extends Error {
  readonly code = 'CONDITION_TIMEOUT';

  constructor(timeoutMs: number, last: unknown) {
    super(`Not true after ${timeoutMs} ms. ${reasonOf(last)}`, { cause: last });
    this.name = 'ConditionTimeoutError';
  }
}

/** The test needs the dev stack, and the environment does not say where that is. */
export class StackNotRunningError extends Error {
  readonly code = 'STACK_NOT_RUNNING';

  constructor(variable: string) {
    super(
      `${variable} is not set: this test needs the dev stack. Run it with ` +
        '"node tools/dev-stack/src/with-stack.ts npx jest -c <project>/jest.config.mjs <file>".',
    );
    this.name = 'StackNotRunningError';
  }
}

/** A test looks at pages, and there is no browser to do it with. */
export class BrowserMissingError extends Error {
  readonly code = 'BROWSER_MISSING';

  constructor() {
    super(
      'ATLAS_CHROMIUM is not set, so no Chromium was found. Debian: apt-get install chromium; elsewhere: ' +
        '"npx playwright-core install chromium". "npm test" and tools/dev-stack/src/with-stack.ts then find it.',
    );
    this.name = 'BrowserMissingError';
  }
}

/** An answer differs from what the API description says about it. */
export class UndescribedAnswerError extends Error {
  readonly code = 'UNDESCRIBED_ANSWER';

  constructor(message: string) {
    super(message);
    this.name = 'UndescribedAnswerError';
  }
}

function reasonOf(last: unknown): string {
  if (last === undefined) return 'The condition returned false each time.';
  return `Last: ${last instanceof Error || hasMessage(last) ? last.message : String(last)}`;
}

// Errors of Node itself come from outside of Jest's realm, where `instanceof Error` is false.
function hasMessage(value: unknown): value is { message: string } {
  return typeof value === 'object' && value !== null && 'message' in value;
}
