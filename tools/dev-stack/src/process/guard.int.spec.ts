import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isSameProcess, processIdentity } from './process-identity.ts';
import { waitFor } from './wait-for.ts';

/** A supervisor with two children, one of which it has told its guard to forget. */
const supervisorScript = `
import { spawn } from 'node:child_process';
import { startGuard } from ${JSON.stringify(join(__dirname, 'guard.ts'))};
import { processIdentity } from ${JSON.stringify(join(__dirname, 'process-identity.ts'))};
const guard = startGuard();
guard.removeAtEnd(process.argv[1]);
const pids = ['watched', 'forgotten'].map((name) => {
  const { pid } = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  guard.watch({ pid, identity: processIdentity(pid), signal: 'SIGTERM' });
  if (name === 'forgotten') guard.forget(pid);
  return pid;
});
console.log(JSON.stringify(pids));
process.stdin.on('data', () => guard.release().then(() => process.exit()));
`;

async function startSupervisor() {
  const dir = mkdtempSync(join(tmpdir(), 'atlas-guard-'));
  const supervisor = spawn(process.execPath, ['--input-type=module-typescript', '-e', supervisorScript, dir]);
  const [line] = (await once(createInterface({ input: supervisor.stdout }), 'line')) as [string];
  const [watched, forgotten] = (JSON.parse(line) as [number, number]).map((pid) => ({
    pid,
    identity: processIdentity(pid)!,
  }));
  const runs = (child: { pid: number; identity: string }) => isSameProcess(child.pid, child.identity);
  return { dir, supervisor, watched: watched!, forgotten: forgotten!, runs };
}

describe('the guard', () => {
  it('ends what it watches and removes what it was told to when the supervisor is killed', async () => {
    const { dir, supervisor, watched, forgotten, runs } = await startSupervisor();
    expect(runs(watched)).toBe(true);
    supervisor.kill('SIGKILL');
    await waitFor(() => !runs(watched) && !existsSync(dir), { timeoutMs: 8000, message: 'the guard did nothing' });
    expect(runs(forgotten)).toBe(true);
    process.kill(forgotten.pid, 'SIGKILL');
  });

  it('ends nothing once it was let go', async () => {
    const { dir, supervisor, watched, forgotten, runs } = await startSupervisor();
    const ended = once(supervisor, 'exit');
    supervisor.stdin.write('release');
    await ended;
    expect(runs(watched)).toBe(true);
    expect(existsSync(dir)).toBe(false);
    for (const { pid } of [watched, forgotten]) process.kill(pid, 'SIGKILL');
  });
});
