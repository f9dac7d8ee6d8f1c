// Runs on Node 20 with nothing installed: it may import nothing but Node itself. It installs what package-lock.json asks
// for when that is missing, then hands over to a TypeScript entry under the Node 24 that came with the installation.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const commands = {
  start: { entry: 'tools/dev-stack/src/start.ts', does: 'the whole system and a short demonstration' },
  stack: { entry: 'tools/dev-stack/src/stack.ts', does: 'only the infrastructure, for `npx nx serve <app>`' },
  demo: { entry: 'tools/dev-stack/src/demo/main.ts', does: 'replay orders and reconcile every consequence' },
  reset: { entry: 'tools/dev-stack/src/reset.ts', does: 'delete the state in .atlas/' },
  test: { entry: 'tools/dev-stack/src/test.ts', does: 'every check and every test' },
  'e2e-localstack': { entry: 'tools/dev-stack/src/e2e-localstack.ts', does: 'the end-to-end suites on LocalStack' },
  // A package of its own: who installs Atlas does not install what it is compared with.
  bench: { entry: 'benchmarks/src/main.ts', does: 'a benchmark, by its name', installs: ['.', 'benchmarks'] },
};

// `import.meta.dirname` is what asks for this version.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  fail(`Atlas needs Node 20.11 or newer; this is ${process.version}. See https://nodejs.org`);
}
const [name, ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  const list = Object.entries(commands).map(([key, { does }]) => `  ${key.padEnd(14)} ${does}`);
  fail(`Usage: node tools/dev-stack/bootstrap.mjs <command>\n${list.join('\n')}`, 64);
}

for (const folder of command.installs ?? ['.']) if (!isInstalled(folder)) await install(folder);
if (!existsSync(nodeBinary())) {
  fail('Node 24 is not installed: the install script of the package "node" may not run. Run: npm rebuild node');
}
process.exitCode = await run(nodeBinary(), [join(root, command.entry), ...args], { detached: true });

/** True when a folder's node_modules is what its package-lock.json describes, however it came to be so. */
function isInstalled(folder) {
  const digest = lockDigest(folder);
  if (existsSync(stampFile(folder)) && readFileSync(stampFile(folder), 'utf8') === digest) return true;
  if (!installedVersionsMatch(folder)) return false;
  writeFileSync(stampFile(folder), digest);
  return true;
}

/**
 * npm keeps what it installed in node_modules/.package-lock.json: after an `npm install` of the user's own this says that
 * nothing is to be done. Packages for other platforms are absent, and rightly so.
 */
function installedVersionsMatch(folder) {
  const installed = readLock(join(folder, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(readLock(join(folder, 'package-lock.json')) ?? {}).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    return found === undefined ? wanted.optional === true || wanted.peer === true : found.version === wanted.version;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install(folder) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const what = folder === '.' ? 'the dependencies' : `the dependencies of ${folder}/`;
  console.log(`Installing ${what} (npm ci); the first time takes a minute or two.`);
  // On a terminal npm shows its own progress; elsewhere silence would look like a hang.
  const pulse = setInterval(() => !process.stderr.isTTY && console.log(`  still installing, ${seconds()}`), 10_000);
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  const npmArgs = [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await run(npm[0], npmArgs, { cwd: join(root, folder) });
  clearInterval(pulse);
  if (code !== 0) fail(`npm ci failed with exit code ${code}; what npm says above is the reason.`);
  writeFileSync(stampFile(folder), lockDigest(folder));
  console.log(`Installed in ${seconds()}.\n`);
}

/** Runs a program, forwards signals to it, ends it when npm is gone, and resolves with its exit code. */
function run(file, fileArgs, options) {
  const child = spawn(file, fileArgs, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // npm moves to the folder of package.json; a path that was typed is meant from where it was typed.
      ATLAS_INVOKED_FROM: process.env.INIT_CWD ?? process.cwd(),
      ATLAS_STOP_WITH_PARENT: '1',
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
    },
    // `detached` is a session of its own: a terminal's Ctrl-C reaches this process alone, which passes it on.
    ...options,
  });
  const forwarded = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' };
  const stopForwarding = Object.entries(forwarded).map(([signal, passedOn]) => {
    const forward = () => child.kill(passedOn);
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  // When npm is killed nobody forwards Ctrl-C any more, and what it started must not go on unseen.
  const isOrphaned = watchNpm();
  // atlas-local-ok: watches the one terminal it was started from, on a developer’s machine
  const watch = setInterval(() => isOrphaned() && child.kill('SIGTERM'), 1000);
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`${file} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const stop of stopForwarding) stop();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/**
 * Returns what tells whether the npm that runs this script is gone. npm may start a script through a shell, which lives
 * on when npm is killed, so that both have to be watched; a script that was started without npm has nothing to watch.
 */
function watchNpm() {
  if (process.env.npm_lifecycle_event === undefined) return () => false;
  const parent = process.ppid;
  const { name, ppid: npm } = describeProcess(parent);
  const isShell = /^-?(sh|dash|bash|zsh|ash|busybox)$/.test(name);
  return () => process.ppid !== parent || (isShell && describeProcess(parent).ppid !== npm);
}

/** The name and the parent of a process, or nothing when it cannot be told. */
function describeProcess(pid) {
  try {
    if (process.platform === 'linux') {
      const [, name, ppid] = /\((.*)\) . (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return { name, ppid };
    }
    const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [ppid, command] = line.split(/\s+(.*)/s);
    return { name: command.split('/').at(-1), ppid };
  } catch {
    return { name: '', ppid: undefined };
  }
}

function nodeBinary() {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function stampFile(folder) {
  return join(root, folder, 'node_modules', '.atlas-lock-sha256');
}

function lockDigest(folder) {
  const lock = readFileSync(join(root, folder, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex');
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}
