import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

it('has written each line when the call returns, also of a process that is killed then', () => {
  const script = join(import.meta.dirname, 'fixtures/logging-process.ts');
  const { stdout, signal } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(signal).toBe('SIGKILL');
  const lines = stdout.split('\n').filter((line) => line !== '');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['one', 'two', 'the last words']);
});
