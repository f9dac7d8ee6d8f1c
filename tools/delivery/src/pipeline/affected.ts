import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The names of the projects that differ between two commits, or that use one that does, as Nx sees it. */
export function affectedProjects(root: string, base: string, head: string): string[] {
  const args = ['show', 'projects', '--affected', `--base=${base}`, `--head=${head}`, '--json'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  return JSON.parse(
    execFileSync(join(root, 'node_modules', '.bin', 'nx'), args, { cwd: root, env, encoding: 'utf8' }),
  ) as string[];
}
