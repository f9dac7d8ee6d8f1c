import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspaceRoot } from '../describe-apps.ts';
import { affectedProjects } from './affected.ts';
import { conversationAt } from './conversation.ts';
import { type Conversation, deploymentOrder } from './order.domain.ts';

/**
 * `node tools/delivery/src/pipeline/plan.ts --stage dev --head <commit> [--apps billing,subscription]` prints, as lines for
 * $GITHUB_OUTPUT, which apps are to be deployed and in which order. Without `--apps`: each app that differs from what runs. What
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

const apps = named.length > 0 ? named : known.filter((app) => differs(app));
const conversations = [...runs].flatMap(([app, commit]) =>
  commit === undefined ? [] : [conversationAt(workspaceRoot, commit).then((version) => [app, version] as const)],
);
const running: Record<string, Conversation> = Object.fromEntries(await Promise.all(conversations));
const order = deploymentOrder({ apps, next: await conversationAt(workspaceRoot, head), running });
if ('refusals' in order) fail(order.refusals);
for (const [group, members] of Object.entries(order)) console.log(`${group}=${JSON.stringify(members)}`);
console.log(`base=${needsBase()}`);

function differs(app: string): boolean {
  const commit = runs.get(app);
  return commit === undefined || affectedProjects(workspaceRoot, commit, head).includes(app);
}

/** Whether network, data, topics and queues have to be deployed before the apps. */
function needsBase(): boolean {
  const oldest = commitOf(`deployed/${stage}/base`);
  return oldest === undefined || affectedProjects(workspaceRoot, oldest, head).includes('infra');
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
