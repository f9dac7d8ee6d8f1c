import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPidFiles, stopStaleProcesses } from './pid-files.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

const dir = mkdtempSync(join(tmpdir(), 'atlas-pids-'));
const children: ChildProcess[] = [];

function startChild(script: string, stdout: 'ignore' | 'pipe' = 'ignore') {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', stdout, 'ignore'] });
  children.push(child);
  return { child, pid: child.pid!, identity: processIdentity(child.pid!)! };
}

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

describe('processIdentity', () => {
  it('tells apart two processes and knows when one has gone', async () => {
    const first = startChild('sleep 60');
    const second = startChild('sleep 60');
    expect(isSameProcess(first.pid, first.identity)).toBe(true);
    expect(isSameProcess(first.pid, second.identity)).toBe(isSameProcess(second.pid, first.identity));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(processIdentity(first.pid)).toBeUndefined();
  });
});

describe('stopStaleProcesses', () => {
  it('ends what an earlier run left behind, with its children, and forgets it', async () => {
    const stale = startChild('sleep 60 & wait');
    const pidFiles = createPidFiles(join(dir, 'stale'));
    pidFiles.write('redis', { pid: stale.pid, identity: stale.identity, signal: 'SIGTERM' });
    const ended = once(stale.child, 'exit');
    expect(await stopStaleProcesses(pidFiles)).toEqual(['redis']);
    await ended;
    expect(pidFiles.list()).toEqual([]);
  });

  it('kills what does not listen', async () => {
    const deaf = startChild('trap "" TERM; echo deaf; while :; do sleep 0.05; done', 'pipe');
    await once(deaf.child.stdout!, 'data');
    const pidFiles = createPidFiles(join(dir, 'deaf'));
    pidFiles.write('app', { pid: deaf.pid, identity: deaf.identity, signal: 'SIGTERM' });
    const ended = once(deaf.child, 'exit');
    await stopStaleProcesses(pidFiles, 200);
    expect((await ended)[1]).toBe('SIGKILL');
  });

  it('leaves alone a process that only has the same number', async () => {
    const stranger = startChild('sleep 60');
    const pidFiles = createPidFiles(join(dir, 'stranger'));
    pidFiles.write('redis', { pid: stranger.pid, identity: `${stranger.identity}-earlier`, signal: 'SIGKILL' });
    expect(await stopStaleProcesses(pidFiles)).toEqual([]);
    expect(isSameProcess(stranger.pid, stranger.identity)).toBe(true);
    expect(pidFiles.list()).toEqual([]);
  });

  it('is not confused by a pid file that was cut short', async () => {
    const pidFiles = createPidFiles(join(dir, 'damaged'));
    writeFileSync(join(dir, 'damaged', 'redis.json'), '{"pid": 12');
    expect(await stopStaleProcesses(pidFiles)).toEqual([]);
  });
});
