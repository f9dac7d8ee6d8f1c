import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const fixture = join(__dirname, 'fixtures', 'service.ts');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(behaviour: string, stopDeadlineMs = 10_000) {
  const child = spawn(process.execPath, [fixture, behaviour, String(stopDeadlineMs)], { stdio: 'pipe' });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const until = async (text: string) => {
    while (!output.stdout.includes(text)) await once(child.stdout, 'data');
  };
  return { child, output, exited, until };
}

function lastLine(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

describe('runMain', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly by %s', async (signal) => {
    const { child, output, exited, until } = run('normal');
    await until('started');
    child.kill(signal);
    expect(await exited).toBe(0);
    expect(output.stdout).toBe('started\nstopping\n');
  });

  it('leaves at once by a second signal', async () => {
    const { child, output, exited, until } = run('slow-stop');
    await until('started');
    child.kill('SIGTERM');
    await until('stopping');
    child.kill('SIGINT');
    expect(await exited).toBe(1);
    expect(lastLine(output.stdout)).toMatchObject({ level: 'fatal', msg: 'SIGINT again: leaving at once' });
  });

  it('leaves when the stop does not end in time', async () => {
    const { child, output, exited, until } = run('slow-stop', 50);
    await until('started');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(lastLine(output.stdout)).toMatchObject({ level: 'fatal', msg: 'not stopped within 50 ms' });
  });

  it('says so when the stop fails', async () => {
    const { child, output, exited, until } = run('failing-stop');
    await until('started');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(lastLine(output.stdout)).toMatchObject({ err: { message: 'pool is stuck' } });
  });

  it.each([
    ['config', 'DATABASE_URL is missing'],
    ['setup', 'The queue atlas-x does not exist.'],
  ])('prints a mistake of %s as a report without a stack', async (behaviour, message) => {
    const { output, exited } = run(behaviour);
    expect(await exited).toBe(78);
    expect(output).toEqual({ stdout: '', stderr: `\nfixture cannot start.\n\n${message}\n\n` });
  });

  it.each([
    ['bug', 'bug at start'],
    ['late-rejection', 'forgotten promise'],
    ['late-exception', 'thrown in a timer'],
  ])('logs as fatal what nobody handles: %s', async (behaviour, message) => {
    const { output, exited } = run(behaviour);
    expect(await exited).toBe(1);
    expect(lastLine(output.stdout)).toMatchObject({ level: 'fatal', service: 'fixture', err: { message } });
    expect(output.stderr).toBe('');
  });

  it('ends a start that still waits for something', async () => {
    const { child, exited, until } = run('waiting-start');
    await until('waiting');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('ends a start that does not listen, by the deadline', async () => {
    const { child, exited, until } = run('deaf-start', 50);
    await until('waiting');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
  });
});
