import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { readSources } from '@atlas/state-audit';
import { createColors } from 'picocolors';
import { Command, CommanderError } from 'commander';
import { addAuditCommand } from './audit.command.ts';
import { UsageError } from './errors.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A project on disk, as the audit reads it. */
function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'atlas-audit-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function run(...args: string[]): Promise<{ out: string; failed: boolean }> {
  let out = '';
  let failed = false;
  const program = new Command('atlas').exitOverride().configureOutput({ writeErr: () => undefined });
  const notes = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    notes,
    style: createColors(false),
    confirm: undefined,
  };
  addAuditCommand(program, { terminal, fail: () => (failed = true) });
  await program.parseAsync(['node', 'atlas', 'audit', ...args]);
  return { out, failed };
}

const handler = `exports.f = (req, res) => { seen.add(req.body.id); res.end(); };\n`;
const stateful = { 'src/a.js': `const seen = new Set();\n${handler}` };

test('process-local state makes the command fail, a clean server does not', async () => {
  expect(await run(project(stateful))).toMatchObject({
    failed: true,
    out: expect.stringMatching(/src\/a\.js:1:7 {2}idempotency/) as string,
  });
  expect(await run(project({ 'src/a.js': `exports.f = (req, res) => res.end();\n` }))).toMatchObject({ failed: false });
});

test('a baseline lets through what was there, and nothing else', async () => {
  const root = project(stateful);
  await run(root, '--write-baseline');
  expect(await run(root)).toMatchObject({ failed: false });
  writeFileSync(join(root, 'src/b.js'), `let hits = 0;\nexports.g = (req, res) => res.json(++hits);\n`);
  const { out, failed } = await run(root, '--github');
  expect(failed).toBe(true);
  expect(out).toMatch(/^::error file=\S+src\/b\.js,line=1/);
});

test('tests, fixtures, dependencies and ignored files are left out; state crosses files', async () => {
  const root = project({
    'node_modules/x/index.js': stateful['src/a.js'],
    'src/fixtures/a.js': stateful['src/a.js'],
    'src/a.spec.js': stateful['src/a.js'],
    'generated/a.js': stateful['src/a.js'],
    '.gitignore': 'generated/\n',
    'src/store.js': `exports.rows = new Map();\n`,
    'src/api.js': `const { rows } = require('./store');\nexports.put = (req, res) => { rows.set(req.params.id, req.body); res.end(); };\n`,
  });
  const { out } = await run(root, '--json');
  const { findings } = JSON.parse(out) as { findings: { file: string; line: number; evidence: { file: string }[] }[] };
  expect(findings.map(({ file, line }) => `${file}:${line}`)).toEqual(['src/store.js:1']);
  expect(findings[0]?.evidence[0]?.file).toBe('src/api.js');
});

test('an HTML report is written beside the answer', async () => {
  const root = project(stateful);
  await run(root, '--html', join(root, 'report.html'));
  expect(readFileSync(join(root, 'report.html'), 'utf8')).toMatch(/idempotency and deduplication stores/);
});

test('mistakes are said in a sentence', async () => {
  const root = project(stateful);
  await expect(run(join(root, 'nowhere'))).rejects.toThrow(UsageError);
  await expect(run(root, '--baseline', join(root, 'none.json'))).rejects.toThrow(/--write-baseline makes one/);
  await expect(run(root, '--html', root)).rejects.toThrow(/is a folder/);
  await expect(run(root, '--min-confidence', '7')).rejects.toThrow(CommanderError);
  await expect(run(root, '--json', '--sarif')).rejects.toThrow('Only one of --json and --sarif can be printed.');
});

test('a published package has only what the compiler wrote; pages and second builds are no server', async () => {
  const built = project({ 'build/a.js': stateful['src/a.js'], 'src/notes.txt': 'nothing to read' });
  expect(await run(built)).toMatchObject({ failed: true });
  const both = project({
    'lib/a.js': stateful['src/a.js'],
    'lib/a.mjs': stateful['src/a.js'],
    'lib/page.js': `let n = 0;\nexport default {\n  data() { return {}; },\n  methods: { f() { n++; } },\n};\n`,
    'lib/chunk.js': `(self["webpackChunkx"] = self["webpackChunkx"] || []).push([]);\n${stateful['src/a.js']}`,
  });
  const { findings } = JSON.parse((await run(both, '--json')).out) as { findings: { file: string }[] };
  expect(findings.map((f) => f.file)).toEqual(['lib/a.js']);
});

test('annotations name files as the working directory sees them; those outside are named whole', async () => {
  const root = project(stateful);
  const from = process.cwd();
  try {
    process.chdir(dirname(root));
    expect((await run(basename(root), '--github')).out).toMatch(`::error file=${basename(root)}/src/a.js,line=1`);
    expect((await run(join(root, 'src/a.js'), '--sarif')).out).toMatch(`"uri": "${basename(root)}/src/a.js"`);
  } finally {
    process.chdir(from);
  }
  expect((await run(root, '--github')).out).toMatch(`file=${root}/src/a.js,`);
});

test('the baseline of one file is beside it, and the folder has its own', async () => {
  const root = project(stateful);
  const file = join(root, 'src/a.js');
  await run(file, '--write-baseline');
  expect(await run(file)).toMatchObject({ failed: false });
  expect(await run(join(root, 'src'))).toMatchObject({ failed: true });
});

test('a folder that cannot be opened is listed, the rest is read', () => {
  const root = project({ ...stateful, 'src/closed/b.js': handler });
  chmodSync(root, 0o755);
  chmodSync(join(root, 'src/closed'), 0);
  // Root can open everything.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const { files, unreadable } = readSources(root);
  if (isRoot) process.seteuid?.(0);
  chmodSync(join(root, 'src/closed'), 0o755);
  expect(files.map((f) => f.path)).toEqual(['src/a.js']);
  expect(unreadable).toEqual([{ file: 'src/closed', message: expect.stringMatching(/EACCES/) as string }]);
});

test('folders for browsers are left out beside the server, not within it; what is left out is counted', async () => {
  const root = project({
    'public/page.js': stateful['src/a.js'],
    'src/client/a.js': stateful['src/a.js'],
    'src/shot.js': `const p = require('puppeteer');\nlet n = 0;\nexports.f = (req, res) => p.run(() => document.body).then(() => res.json(++n));\n`,
    'src/view.js': `let n = 0;\nexport const f = () => { document.body.title = ++n; };\n`,
    'test/b.js': '',
    'test/deep/c.js': '',
  });
  const { findings, leftOut } = JSON.parse((await run(root, '--json')).out) as {
    findings: { file: string }[];
    leftOut: unknown;
  };
  expect(findings.map((f) => f.file)).toEqual(['src/client/a.js', 'src/shot.js']);
  expect(leftOut).toEqual([
    { path: 'public/', files: 1, why: 'for browsers' },
    { path: 'src/view.js', files: 1, why: 'for browsers' },
    { path: 'test/', files: 2, why: 'tests' },
  ]);
  expect((await run(root)).out).toMatch(/^left out: 4 files \(2 for browsers, 2 tests\); --json lists them/m);
});

test('what stands in for something in tests, what browsers add to pages and what is made of pages alone is left out', () => {
  const state = stateful['src/a.js'];
  const root = project({
    'src/drivers/stub.js': state,
    'src/drivers/real.js': state,
    'src/drivers/stubborn.js': state,
    'src/mail/mock/index.js': state,
    'src/player.user.js': `// ==UserScript==\n// @name player\n// ==/UserScript==\nsetInterval(() => poll(), 1000);\n`,
    'src/pages/view.js': `export const show = (text) => { document.body.title = text; };\n`,
    'src/pages/status.js': `import { show } from './view.js';\nlet last;\nexport const set = (text) => { last = text; show(last); };\n`,
    'src/titles.js': `import { show } from './pages/view.js';\nimport express from 'express';\nlet last;\nexpress().put('/', (req, res) => { last = req.body; res.json(show(last)); }).listen(80);\n`,
  });
  const { files, leftOut } = readSources(root);
  expect(files.map((f) => f.path)).toEqual(['src/drivers/real.js', 'src/drivers/stubborn.js', 'src/titles.js']);
  expect(leftOut.map((one) => `${one.path} ${one.why}`)).toEqual([
    'src/drivers/stub.js tests and settings of tools',
    'src/mail/mock/ tests',
    'src/pages/status.js for browsers',
    'src/pages/view.js for browsers',
    'src/player.user.js for browsers',
  ]);
});

test('what the server imports is read, though it lies among what is run by hand', () => {
  const root = project({
    'src/server.js': `const waiting = require('./migrations/waiting');\n${handler}`,
    'src/migrations/waiting.js': `exports.tenants = require('./list');\n`,
    'src/migrations/list.js': `module.exports = [];\n`,
    'src/migrations/0001-orders.js': `exports.up = (db) => db.createTable('orders');\n`,
    'seeds/orders.js': `require('../src/server');\n`,
  });
  const { files, leftOut } = readSources(root);
  expect(files.map((f) => f.path)).toEqual(['src/migrations/list.js', 'src/migrations/waiting.js', 'src/server.js']);
  expect(leftOut).toEqual([
    { path: 'seeds/', files: 1, why: 'run by hand' },
    { path: 'src/migrations/', files: 1, why: 'run by hand' },
  ]);
});

test('copies of packages and files of tests by any name are left out, and a copy still counts as its package', async () => {
  const mit = 'Permission is hereby granted, free of charge, to any person';
  const root = project({
    LICENSE: mit,
    'src/jobs.js': `require('./libs/nodeCron').schedule('0 3 * * *', () => fetch('http://reports/make'));\n`,
    'src/libs/nodeCron/index.js': stateful['src/a.js'],
    'src/libs/nodeCron/LICENSE': `MIT\n${mit}`,
    'src/enterprise/paid.js': stateful['src/a.js'],
    'src/enterprise/LICENSE': 'Only with a subscription',
    'src/billing/index.js': stateful['src/a.js'],
    'src/billing/package.json': '{}',
    'src/billing/LICENSE': `MIT\n${mit}`,
    'src/trial.js': `let n = 0;\nexports.setUp = function (go) { n = 1; go(); };\nexports.adds = function (t) { t.expect(1); t.equal(++n, 2); t.done(); };\n`,
    'src/steps.js': `let n = 0;\nexports.setUp = function (go) { n = 1; go(); };\nexports.step = (job) => { if (job.expect(++n)) finished.done(); };\n`,
    'src/drivers/check.js': `let n = 0;\ndescribe('driver', () => {\n  it('counts', () => n++);\n});\n`,
  });
  const { findings, leftOut } = JSON.parse((await run(root, '--json')).out) as {
    findings: { file: string; kind: string }[];
    leftOut: unknown;
  };
  expect(findings.map((f) => f.file)).toEqual([
    'src/billing/index.js',
    'src/enterprise/paid.js',
    'src/jobs.js',
    'src/steps.js',
  ]);
  expect(findings.at(-2)).toMatchObject({ kind: 'schedule' });
  expect(leftOut).toEqual([
    { path: 'src/drivers/check.js', files: 1, why: 'tests and settings of tools' },
    { path: 'src/libs/nodeCron/', files: 1, why: 'copies of others' },
    { path: 'src/trial.js', files: 1, why: 'tests and settings of tools' },
  ]);
});

test('files of old editors are read in their own encoding', () => {
  const root = project({});
  writeFileSync(join(root, 'latin.js'), Buffer.from('let caf\xe9 = 0;\n', 'latin1'));
  writeFileSync(join(root, 'utf16.js'), Buffer.from('\uFEFFlet caf\xe9 = 0;\n', 'utf16le'));
  writeFileSync(join(root, 'utf8.js'), 'let caf\xe9 = 0;\n');
  expect(readSources(root).files.map((f) => f.text)).toEqual(Array(3).fill('let caf\xe9 = 0;\n'));
});
