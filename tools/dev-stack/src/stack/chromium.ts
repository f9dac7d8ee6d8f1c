import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type DebianProgram, ensureProgram, findProgram } from './debian-program.ts';

const browser: DebianProgram = {
  name: 'Chromium',
  programs: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  debianPackage: 'chromium',
  elsewhere: 'Run: npx playwright-core install chromium',
};

/**
 * The browser that tests look at pages with: what ATLAS_CHROMIUM names, one that is installed, or the one that
 * `npx playwright-core install chromium` has fetched. Undefined when there is none.
 */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['ATLAS_CHROMIUM'];
  if (named) return named;
  const installed = await findProgram(browser.programs);
  if (installed !== undefined) return fileOf(installed);
  // Loaded only where it is needed, for it is large.
  const fetched = (await import('playwright-core')).chromium.executablePath();
  return existsSync(fetched) ? fetched : undefined;
}

/** The same as a file, installed if need be. Throws StackError PREREQUISITE_MISSING when it cannot be. */
export async function ensureChromium(onInstall: (what: string) => void): Promise<string> {
  return (await findChromium()) ?? fileOf(await ensureProgram(browser, onInstall));
}

/** Playwright starts files, not names. */
function fileOf(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? program;
}
