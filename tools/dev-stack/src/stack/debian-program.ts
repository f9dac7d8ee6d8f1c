import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StackError } from '../errors.ts';

const run = promisify(execFile);

/** A program that npm does not have and Debian does. */
export interface DebianProgram {
  readonly name: string;
  /** What it may be called; the first one that runs is taken. */
  readonly programs: readonly string[];
  readonly debianPackage: string;
  /** What to do where there is no apt-get. */
  readonly elsewhere: string;
}

/** The name of the first of these programs that runs, or undefined. */
export async function findProgram(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) if (await runs(program)) return program;
  return undefined;
}

/**
 * Finds the program, and installs it where that needs no question: as root on Debian or Ubuntu. Throws StackError
 * PREREQUISITE_MISSING, which says what to run, when there is none and none can be installed.
 */
export async function ensureProgram(program: DebianProgram, onInstall: (what: string) => void): Promise<string> {
  return (await findProgram(program.programs)) ?? install(program, onInstall);
}

async function install(program: DebianProgram, onInstall: (what: string) => void): Promise<string> {
  const { name, programs, debianPackage, elsewhere } = program;
  const missing = (advice: string, cause?: unknown) =>
    new StackError('PREREQUISITE_MISSING', `${name} is missing. ${advice}`, { cause });
  if (!(await runs('apt-get'))) throw missing(elsewhere);
  if (process.getuid?.() !== 0) throw missing(`Run: sudo apt-get update && sudo apt-get install -y ${debianPackage}`);
  onInstall(`installing ${debianPackage} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const advice = `Run: apt-get update && apt-get install -y ${debianPackage}`;
  try {
    await run('apt-get', ['update', '-qq'], { env });
    const quietly = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
    await run('apt-get', ['install', ...quietly, debianPackage], { env, maxBuffer: mostOutput });
  } catch (error) {
    throw missing(`apt-get could not install it. ${advice}`, error);
  }
  const installed = await findProgram(programs);
  if (installed === undefined) throw missing(advice);
  return installed;
}

/** apt-get names each package that it unpacks, also when it is told to be quiet. */
const mostOutput = 64 * 1024 * 1024;

function runs(program: string): Promise<boolean> {
  return run(program, ['--version'], { env: process.env }).then(
    () => true,
    () => false,
  );
}
