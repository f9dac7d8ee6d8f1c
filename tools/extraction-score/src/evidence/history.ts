import { execFileSync } from 'node:child_process';

export interface Commit {
  readonly id: string;
  readonly subject: string;
  readonly files: readonly string[];
}

const MOST_COMMITS = 2000;

/** The newest commits that touched the folder, files relative to it; undefined where there is no git or no history. */
export function readHistory(root: string): Commit[] | undefined {
  let text: string;
  try {
    const args = [
      '-C',
      root,
      'log',
      '--no-merges',
      `-n${MOST_COMMITS}`,
      '--relative',
      '--name-only',
      '--format=%x00%h %s',
    ];
    text = execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 256 * 1024 * 1024,
      timeout: 60_000,
    });
  } catch {
    return undefined;
  }
  const commits = text
    .split('\0')
    .slice(1)
    .map((entry): Commit => {
      const [head = '', ...rest] = entry.split('\n');
      const at = head.indexOf(' ');
      return { id: head.slice(0, at), subject: head.slice(at + 1), files: rest.filter((line) => line !== '') };
    });
  return commits.length > 0 ? commits : undefined;
}
