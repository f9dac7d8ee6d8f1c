import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot } from '../describe-apps.ts';
import { affectedProjects } from './affected.ts';
import { conversationAt } from './conversation.ts';

const apps = readdirSync(join(workspaceRoot, 'apps'));

/** A workspace with the same projects and the same dependencies between them as this one, and a history of its own. */
function preparedHistory() {
  const root = mkdtempSync(join(tmpdir(), 'atlas-history-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  // Not a clone: this repository may be a shallow one.
  const files = execFileSync('git', ['archive', 'HEAD'], { cwd: workspaceRoot, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', root], { input: files });
  symlinkSync(join(workspaceRoot, 'node_modules'), join(root, 'node_modules'));
  git('init', '--quiet');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@atlas.example');
  git('config', 'commit.gpgsign', 'false');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'As it is');
  return {
    root,
    /** Changes one file in a commit of its own, and returns the apps that are to be deployed because of it. */
    affectedBy(file: string): string[] {
      const base = git('rev-parse', 'HEAD');
      mkdirSync(join(root, file, '..'), { recursive: true });
      appendFileSync(join(root, file), '\n// changed\n');
      git('add', '--all', '--', file);
      git('commit', '--quiet', '--message', `Change ${file}`);
      return affectedProjects(root, base, git('rev-parse', 'HEAD'))
        .filter((project) => apps.includes(project))
        .sort();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

test('a change is deployed to the apps that it concerns, and to no other; what runs something later is left alone', () => {
  const history = preparedHistory();
  try {
    expect(history.affectedBy('apps/notification/src/mail/format.ts')).toEqual(['notification']);
    expect(history.affectedBy('libs/event-contracts/src/topology.ts')).toEqual([...apps].sort());
    expect(affectedProjects(history.root, 'HEAD', 'HEAD~1')).toEqual([]);
  } finally {
    history.remove();
  }
}, 240_000);

test('a commit is asked for who says and who hears what in it', async () => {
  const { says, hears } = await conversationAt(workspaceRoot, 'HEAD');
  expect(says['gateway']).toEqual(expect.arrayContaining(['order.completed.v1']));
  expect(hears['notification']).toContain('order.completed.v1');
});
