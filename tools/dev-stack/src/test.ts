import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds, type Terminal } from './console/terminal.ts';
import { runCommand } from './run-command.ts';
import { ensureChromium } from './stack/chromium.ts';
import { type Stack, startStack } from './stack/start-stack.ts';
import { bundlesOf, bundlesStart } from './test-run/bundles.ts';
import { deliveryChecks } from './test-run/delivery-checks.ts';
import { runChild, type ChildContext } from './test-run/run-child.ts';
import { closingLine, jestResult, type StepResult } from './test-run/steps.ts';

// npm test: every check and every test beside an infrastructure of its own. A failing step does not stop the next one.
await runCommand(async ({ terminal, stop }) => {
  const startedAt = performance.now();
  const dir = await mkdtemp(join(tmpdir(), 'atlas-test-'));
  const stack = await startStack({ dir, inMemory: true, mode: 'test', temporary: true, command: 'npm test' });
  const context: ChildContext = { stack, signal: stop.signal, env: testEnvironment(stack) };
  // Begun at once, because where it has to be installed that takes a while.
  const browser = ensureChromium((what) => terminal.line(what));
  browser.catch(() => {});
  const results: StepResult[] = [];
  for (const step of steps(context, { terminal, browser })) {
    if (stop.signal.aborted) break;
    results.push(...[await step()].flat());
  }
  await stack.stop();
  if (stop.signal.aborted) {
    terminal.line('\nStopped.');
    return 130;
  }
  summarise(results, performance.now() - startedAt, terminal);
  return results.every((result) => result.ok) ? 0 : 1;
});

function testEnvironment({ env, dir }: Stack): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...env,
    // Some hundred processes are started out of the same files.
    NODE_COMPILE_CACHE: join(dir, 'cache'),
    ATLAS_TEST_STACK: '1',
    // Nothing of Nx may stay behind, and its output is read in a log.
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    // Specs start processes of their own that must not watch this one's parent.
    ATLAS_STOP_WITH_PARENT: '',
  };
}

type Step = () => Promise<StepResult>;

function steps(
  context: ChildContext,
  { terminal, browser }: { terminal: Terminal; browser: Promise<string> },
): (() => Promise<StepResult | StepResult[]>)[] {
  const timed = async (title: string, run: () => Promise<boolean>, { line, style } = terminal) => {
    line(`\n${style.bold(`== ${title}`)}`);
    const startedAt = performance.now();
    const ok = await run().catch((error: unknown) => {
      line(style.red(String(error)));
      return false;
    });
    const ms = performance.now() - startedAt;
    line(`${ok ? style.green('ok') : style.red('failed')}  ${title}  ${seconds(ms)}`);
    return { title, ok, ms };
  };
  const check = async (title: string, run: () => Promise<boolean>, to = terminal): Promise<StepResult> => {
    const { ok, ms } = await timed(title, run, to);
    return { title, ok, ms, passed: 0, failed: ok ? 0 : 1 };
  };
  // What it says comes in one piece: others speak at the same time.
  const program =
    (title: string, command: string, ...args: string[]): Step =>
    async () => {
      const said: string[] = [];
      const page: Terminal = { style: terminal.style, line: (text = '') => void said.push(`${text}\n`) };
      const result = await check(title, () => runChild(command, args, context, (text) => void said.push(text)), page);
      terminal.line(said.join('').trimEnd());
      return result;
    };
  const inTurn = async (lane: readonly Step[]): Promise<StepResult[]> => {
    const results: StepResult[] = [];
    for (const step of lane) if (!context.signal.aborted) results.push(await step());
    return results;
  };
  const sideBySide = (what: string, lanes: readonly Step[][]) => async () => {
    terminal.line(`\n${what}, side by side: each is shown when it has ended.`);
    return (await Promise.all(lanes.map(inTurn))).flat();
  };
  const reportOf = (kinds: string) => join(context.stack.dir, `jest-${kinds.replaceAll('|', '-')}.json`);
  const jest = (title: string, kinds: string, args: string[]) => async () => {
    const reportFile = reportOf(kinds);
    const all = [`--testPathPatterns=\\.(${kinds})\\.spec\\.ts$`, '--json', `--outputFile=${reportFile}`, ...args];
    const { ok, ms } = await timed(title, () => runChild('jest', all, context));
    return jestResult(title, { ok, ms, reportFile });
  };
  return [
    // Each keeps one core busy and waits for nothing: as many at once as the reference machine has.
    sideBySide('Lint, and format, types, event contracts and build', [
      [program('Lint', 'npm', 'run', '--silent', 'lint')],
      [
        program('Format', 'prettier', '--check', '--log-level=warn', '.'),
        // All projects in one program: one by one, each of them would check again what it imports.
        program('Types', 'tsc', '-p', 'tsconfig.all.json'),
        program('Event contracts', 'npm', 'run', '--silent', 'contracts:check'),
        program('Build', 'nx', 'run-many', '-t', 'build'),
      ],
    ]),
    () =>
      check('Browser', async () => {
        context.env['ATLAS_CHROMIUM'] = await browser;
        return true;
      }),
    // More workers than the reference machine has cores: two thirds of what tests do is wait.
    jest('Unit and integration tests', 'unit|int', ['--maxWorkers=4']),
    // Part of those tests; by name, because whoever reads the log of a delivery looks for them.
    () =>
      check('Delivery', async () => {
        const checks = deliveryChecks(reportOf('unit|int'));
        for (const { what, spec, ok, passed } of checks) {
          const mark = ok ? terminal.style.green('✓') : terminal.style.red('✗');
          terminal.line(`  ${mark} ${what.padEnd(54)}${spec}, ${passed} passed`);
        }
        return checks.every(({ ok }) => ok);
      }),
    () =>
      check('Bundles start', async () => {
        const ok = await bundlesStart(context.stack, terminal);
        // From here on the apps are what is deployed, which starts in half the time of the source; boot.e2e.spec.ts starts that.
        if (ok) context.env['ATLAS_BUNDLES'] = bundlesOf(context.stack);
        return ok;
      }),
    // Each of these starts a whole system, kills parts of it, and waits for what they had leased.
    jest('End-to-end tests', 'e2e', ['--maxWorkers=4', '--passWithNoTests']),
  ];
}

function summarise(results: StepResult[], ms: number, { line, style }: Terminal): void {
  line(`\n${style.bold('== Summary')}`);
  for (const { title, ok, ms: took, passed, failed } of results) {
    const counts = passed + failed > 0 && title.includes('tests') ? `  ${passed} passed, ${failed} failed` : '';
    line(
      `${ok ? style.green('ok    ') : style.red('failed')}  ${title.padEnd(28)}${seconds(took).padStart(8)}${counts}`,
    );
  }
  line(`\nAll in ${seconds(ms)}.`);
  // Scripts read the last line: plain text, nothing after it.
  line(closingLine(results));
}
