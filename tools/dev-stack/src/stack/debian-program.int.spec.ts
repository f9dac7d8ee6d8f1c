import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck } from '@atlas/testing';
import { ensureProgram, findProgram } from './debian-program.ts';

/** A machine on which only what a test puts there can be run. */
let bin: string;
const path = process.env['PATH'];

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'atlas-bin-'));
  process.env['PATH'] = bin;
  jest.spyOn(process, 'getuid').mockReturnValue(0);
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(bin, { recursive: true });
  jest.restoreAllMocks();
});

const program = (name: string, does = ':') => writeFileSync(join(bin, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
const wanted = {
  ...{ name: 'The tool', programs: ['tool', 'tool-classic'], debianPackage: 'tool-package' },
  elsewhere: 'Fetch the tool',
};
const quiet = () => {};

it('what is there is taken, by the first of its names', async () => {
  program('tool-classic');
  expect(await ensureProgram(wanted, quiet)).toBe('tool-classic');
  program('tool');
  expect(await findProgram(wanted.programs)).toBe('tool');
});

it('what is missing is installed as root, and said', async () => {
  const said: string[] = [];
  program(
    'apt-get',
    `case "$*" in *"install"*tool-package) printf '#!/bin/sh\\n' > ${bin}/tool; /bin/chmod +x ${bin}/tool;; esac`,
  );
  expect(await ensureProgram(wanted, (what) => said.push(what))).toBe('tool');
  expect(said).toEqual(['installing tool-package with apt-get']);
});

it.each([
  ['there is no apt-get', () => {}, 'The tool is missing. Fetch the tool'],
  [
    'who runs it is not root',
    () => {
      program('apt-get');
      jest.spyOn(process, 'getuid').mockReturnValue(1000);
    },
    'The tool is missing. Run: sudo apt-get update && sudo apt-get install -y tool-package',
  ],
  [
    'apt-get fails',
    () => program('apt-get', '[ "$1" = --version ]'),
    'The tool is missing. apt-get could not install it. Run: apt-get update && apt-get install -y tool-package',
  ],
  [
    'what it installs does not run',
    () => program('apt-get'),
    'The tool is missing. Run: apt-get update && apt-get install -y tool-package',
  ],
])('when %s, one line says what to do', async (_when, given, message) => {
  given();
  await expect(ensureProgram(wanted, quiet)).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message });
});

leakCheck();
