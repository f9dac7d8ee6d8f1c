import { execFileSync, spawnSync } from 'node:child_process';

/**
 * The commit that a tag of the remote repository is at, when `head` is in its history and it is not `head` itself: what runs is later then.
 * Works in a shallow checkout, by fetching the commits, and nothing else of them. Undefined also when there is no such tag.
 */
export function laterThan(root: string, head: string, tag: string): string | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  if (git('ls-remote', 'origin', `refs/tags/${tag}`) === '') return undefined;
  const isShallow = git('rev-parse', '--is-shallow-repository') === 'true';
  git('fetch', '--quiet', '--filter=tree:0', ...(isShallow ? ['--unshallow'] : []), 'origin', `refs/tags/${tag}`);
  const [deployed, commit] = [git('rev-parse', 'FETCH_HEAD^{commit}'), git('rev-parse', `${head}^{commit}`)];
  const { status } = spawnSync('git', ['merge-base', '--is-ancestor', commit, deployed], { cwd: root });
  return status === 0 && deployed !== commit ? deployed : undefined;
}
