import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspaceRoot } from '../describe-apps.ts';
import { affectedProjects } from './affected.ts';
import { conversationAt } from './conversation.ts';
import { deploymentOrder } from './order.domain.ts';

/**
 * `node tools/delivery/src/pipeline/plan.ts --stage dev --head <commit> [--apps billing,subscription]` prints, as lines for
 * $GITHUB_OUTPUT, which apps are to be deployed and in which order. Without `--apps`: each app that runs something older. What
 * runs is in the tags `deployed/<stage>/<app>`. Exits 1 with the reasons when there is no right order.
 */
const { values } = parseArgs({
  options: {
    stage: { type: 'string' },
    head: { type: 'string', default: 'HEAD' },
    apps: { type: 'string', default: '' },
  },
});
const { stage, head } = values;
if (stage === undefined) fail(['usage: plan.ts --stage <dev|staging|prod> --head <commit> [--apps <app>,<app>]']);

const known = readdirSync(join(workspaceRoot, 'apps')).sort();
const runs = new Map(known.map((app) => [app, commitOf(`deployed/${stage}/${app}`)]));
const named = values.apps.split(',').filter((app) => app !== '');
const unknown = named.filter((app) => !known.includes(app));
if (unknown.length > 0) fail([`there is no app ${unknown.join(', ')}; there are ${known.join(', ')}`]);

const apps = named.length > 0 ? named : known.filter((app) => differs(runs.get(app), app));
// Network, data, topics and queues are deployed before the apps, and stay when an earlier commit is: apps that run rely on them.
const base = commitOf(`deployed/${stage}/base`);
const isBaseOld = differs(base, 'infra');

const commits = [...new Set([head, base, ...runs.values()])].filter((commit) => commit !== undefined);
const asked = commits.map(async (commit) => [commit, await conversationAt(workspaceRoot, commit)] as const);
const conversations = new Map(await Promise.all(asked));
const conversationOf = (commit: string | undefined) => (commit === undefined ? undefined : conversations.get(commit));
const order = deploymentOrder({
  apps,
  next: conversations.get(head)!,
  running: Object.fromEntries([...runs].map(([app, commit]) => [app, conversationOf(commit)])),
  filters: isBaseOld ? conversationOf(base) : conversations.get(head),
});
if ('refusals' in order) fail(order.refusals);
for (const [group, members] of Object.entries(order)) console.log(`${group}=${JSON.stringify(members)}`);
console.log(`base=${isBaseOld}`);

function differs(commit: string | undefined, project: string): boolean {
  return commit === undefined || affectedProjects(workspaceRoot, commit, head).includes(project);
}

function commitOf(tag: string): string | undefined {
  try {
    const args = ['rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`];
    return execFileSync('git', args, { cwd: workspaceRoot, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function fail(reasons: readonly string[]): never {
  console.error(['This cannot be deployed:', ...reasons.map((reason) => `  ${reason}`)].join('\n'));
  process.exit(1);
}
