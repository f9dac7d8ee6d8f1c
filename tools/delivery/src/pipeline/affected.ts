import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The names of the projects that `head` changes, or that use one that it does, as Nx sees it: since the last commit that it has in
 * common with `base`. So none are, where `base` is the later one.
 */
export function affectedProjects(root: string, base: string, head: string): string[] {
  const args = ['show', 'projects', '--affected', `--base=${base}`, `--head=${head}`, '--json'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  return JSON.parse(
    execFileSync(join(root, 'node_modules', '.bin', 'nx'), args, { cwd: root, env, encoding: 'utf8' }),
  ) as string[];
}
