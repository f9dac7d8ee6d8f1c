import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createColors } from 'picocolors';
import { UsageError } from './errors.ts';
import { addScoreCommand } from './score.command.ts';

const MONOLITH = join(__dirname, '..', '..', 'extraction-score', 'fixtures', 'monolith');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(from?: string): string {
  const root = mkdtempSync(join(tmpdir(), 'atlas-score-'));
  folders.push(root);
  if (from) cpSync(from, root, { recursive: true });
  return root;
}

async function run(...args: string[]): Promise<string> {
  let out = '';
  const program = new Command('atlas').exitOverride().configureOutput({ writeErr: () => undefined });
  const notes = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    notes,
    style: createColors(false),
    confirm: undefined,
  };
  addScoreCommand(program, { terminal });
  await program.parseAsync(['node', 'atlas', 'score', ...args]);
  return out;
}

test('the command says what to extract first; without a git history, too', async () => {
  expect(await run(folder(MONOLITH))).toMatch(/^Extract notifications first\.[^]*no git history/);
});

test('commits that change modules together are counted', async () => {
  const root = folder(MONOLITH);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { stdio: 'ignore' });
  git('init');
  git('add', '.');
  git('commit', '-m', 'the shop');
  for (let i = 0; i < 5; i++) {
    for (const file of ['src/catalog/catalog.service.js', 'src/reports/revenue.js'])
      appendFileSync(join(root, file), '\n');
    git('commit', '-am', `prices ${i}`);
  }
  const { modules } = JSON.parse(await run(root, '--json')) as {
    modules: { name: string; coupling: { formula: string } }[];
  };
  expect(modules.find((m) => m.name === 'catalog')?.coupling.formula).toMatch(/6 of 6 commits changed others as well/);
});

test('files that cannot be read whole are listed', async () => {
  const root = folder(MONOLITH);
  writeFileSync(join(root, 'src', 'broken.js'), 'const = ;\nexports.f = () => 1;\n');
  writeFileSync(join(root, 'src', 'huge.js'), `const x = '${'x'.repeat(1_600_000)}';`);
  expect(await run(root)).toMatch(/not read whole: src\/broken\.js:1 [^]*not read whole: src\/huge\.js:1 larger than/);
  const { unparsable } = JSON.parse(await run(root, '--json')) as { unparsable: { file: string }[] };
  expect(unparsable.map((u) => u.file)).toEqual(['src/broken.js', 'src/huge.js']);
  const page = join(root, 'score.html');
  await run(root, '--html', page);
  expect(readFileSync(page, 'utf8')).toMatch(/Not read whole[^]*src\/broken\.js:1/);
});

test('corrections beside the code are read; a page is written', async () => {
  const root = folder(MONOLITH);
  writeFileSync(
    join(root, '.atlas-score.yaml'),
    'modules: { notifications: { leave_out: { reason: it was bought last week } } }',
  );
  const page = join(root, 'score.html');
  expect(await run(root, '--html', page)).toMatch(/^Extract reports first[^]*it was bought last week/);
  expect(readFileSync(page, 'utf8')).toMatch(/<svg/);
});

test.each([
  ['a path that is not there', ['/nowhere/at/all'], /^There is no "\/nowhere\/at\/all"\.$/],
  ['a folder without code', [MONOLITH, '--ignore', '*'], /^No TypeScript or JavaScript/],
  ['corrections that are not there', [MONOLITH, '--corrections', '/nowhere.yaml'], /^There is no "\/nowhere.yaml"/],
  ['a module that is not there', [MONOLITH, '--module', 'x'], /^There is no module "x"\. There are: notifications/],
  ['a page that is a folder', [MONOLITH, '--html', __dirname], /is a folder; give the name of a file/],
  ['a page in no folder', [MONOLITH, '--html', '/nowhere/x.html'], /^There is no folder/],
])('%s is told in one line', async (_name, args, message) => {
  const failure = await run(...args).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
});

test('bad YAML is told in one line, with the file', async () => {
  const root = folder(MONOLITH);
  writeFileSync(join(root, '.atlas-score.yaml'), 'modules: [');
  await expect(run(root)).rejects.toThrow(/\.atlas-score\.yaml: it is not YAML: [^\n]*line 1[^\n]*$/);
});
