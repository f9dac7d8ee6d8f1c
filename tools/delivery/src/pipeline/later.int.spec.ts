import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { laterThan } from './later.ts';

const place = mkdtempSync(join(tmpdir(), 'atlas-later-'));
afterAll(() => rmSync(place, { recursive: true }));

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();

test('what runs is later when it has the checked out commit in its history', () => {
  git(place, 'init', '--quiet', '--initial-branch=main', 'origin');
  const origin = join(place, 'origin');
  for (const [name, value] of [
    ['user.name', 'Test'],
    ['user.email', 'test@atlas.example'],
    ['commit.gpgsign', 'false'],
    ['uploadpack.allowFilter', 'true'],
  ] as const)
    git(origin, 'config', name, value);
  const commit = (message: string) => {
    git(origin, 'commit', '--quiet', '--allow-empty', '--message', message);
    return git(origin, 'rev-parse', 'HEAD');
  };
  const [, second, third] = [commit('1'), commit('2'), commit('3')];
  // As a job of the pipeline has it: one commit, and nothing of its past or of tags.
  const checkout = join(place, 'checkout');
  git(origin, 'branch', 'older', second);
  git(place, 'clone', '--quiet', '--depth=1', '--no-tags', '--branch=older', `file://${origin}`, 'checkout');
  const runs = (revision: string) => {
    git(origin, 'tag', '--force', 'deployed/dev/billing', revision);
    return laterThan(checkout, 'HEAD', 'deployed/dev/billing');
  };

  expect(laterThan(checkout, 'HEAD', 'deployed/dev/never')).toBeUndefined();
  expect(runs(third)).toBe(third);
  expect(runs(second)).toBeUndefined();
  expect(runs('HEAD~2')).toBeUndefined();
  git(origin, 'switch', '--quiet', '--orphan', 'elsewhere');
  expect(runs(commit('other'))).toBeUndefined();
});
