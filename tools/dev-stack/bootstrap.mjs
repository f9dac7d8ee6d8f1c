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
  bench: { entry: 'tools/dev-stack/src/bench.ts', does: 'a benchmark of benchmarks/' },
};

// `import.meta.dirname` is what asks for this version.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  fail(`Atlas needs Node 20.11 or newer; this is ${process.version}. See https://nodejs.org`);
}
const [name, ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  const list = Object.entries(commands).map(([key, { does }]) => `  ${key.padEnd(6)} ${does}`);
  fail(`Usage: node tools/dev-stack/bootstrap.mjs <command>\n${list.join('\n')}`, 64);
}

if (!(await isInstalled())) await install();
await run(nodeBinary(), [join(root, command.entry), ...args]);

/** True when node_modules is what package-lock.json describes, however it came to be so. */
async function isInstalled() {
  if (!existsSync(nodeBinary())) return false;
  const digest = lockDigest();
  if (existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === digest) return true;
  if (!installedVersionsMatch()) return false;
  writeFileSync(stampFile(), digest);
  return true;
}

/**
 * npm keeps what it installed in node_modules/.package-lock.json: after an `npm install` of the user's own this says that
 * nothing is to be done. Packages for other platforms are absent, and rightly so.
 */
function installedVersionsMatch() {
  const installed = readLock('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  return Object.entries(readLock('package-lock.json')).every(([path, wanted]) => {
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

async function install() {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  console.log('Installing dependencies (npm ci); the first time takes a minute or two.');
  // On a terminal npm shows its own progress; elsewhere silence would look like a hang.
  const pulse = setInterval(() => !process.stderr.isTTY && console.log(`  still installing, ${seconds()}`), 10_000);
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, [process.env.npm_execpath]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  const code = await run(npm[0], [...npm[1], 'ci', '--no-audit', '--no-fund', '--loglevel=error'], false);
  clearInterval(pulse);
  if (code !== 0) fail(`npm ci failed with exit code ${code}; what npm says above is the reason.`);
  if (!existsSync(nodeBinary())) {
    fail('npm ci did not install Node 24: its install script was not allowed to run. Run: npm rebuild node');
  }
  writeFileSync(stampFile(), lockDigest());
  console.log(`Dependencies installed in ${seconds()}.`);
}

/** Runs a program, forwards signals to it, ends it when npm is gone, and exits with its exit code. */
function run(program, programArgs, isLast = true) {
  const child = spawn(program, programArgs, {
    cwd: root,
    stdio: 'inherit',
    // A session of its own: a terminal's Ctrl-C reaches this process alone, which passes it on exactly once.
    detached: isLast,
    env: {
      ...process.env,
      ATLAS_INVOKED_FROM: process.env.INIT_CWD ?? process.cwd(),
      ATLAS_STOP_WITH_PARENT: '1',
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
    },
  });
  const forwarded = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' };
  const stopForwarding = Object.entries(forwarded).map(([signal, passedOn]) => {
    const forward = () => child.kill(passedOn);
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  // When npm is killed nobody forwards Ctrl-C any more, and what it started must not go on unseen.
  const isOrphaned = watchNpm();
  const watch = setInterval(() => isOrphaned() && child.kill('SIGTERM'), 1000);
  return new Promise((resolve) => {
    const end = (code) => {
      clearInterval(watch);
      for (const stop of stopForwarding) stop();
      if (isLast) process.exitCode = code;
      resolve(code);
    };
    child.once('error', (error) => fail(`${program} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => end(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/**
 * Returns what tells whether the npm that runs this script is gone. npm starts scripts through a shell, which lives on
 * when npm is killed, so that both have to be watched; a script that was started without npm has nothing to watch.
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

function stampFile() {
  return join(root, 'node_modules', '.atlas-lock-sha256');
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}
