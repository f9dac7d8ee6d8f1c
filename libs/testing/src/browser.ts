import { type Browser, chromium } from 'playwright-core';
import { BrowserMissingError } from './errors.ts';

/**
 * A real Chromium, without a window. The caller closes it. Throws BrowserMissingError where the run of the tests has found
 * none. `hosts` are names that lead to this machine. It has an entry of its own in this package, because to load it takes longer than most test files run.
 */
export function openBrowser({ hosts = [] }: { hosts?: readonly string[] } = {}): Promise<Browser> {
  const executablePath = process.env['ATLAS_CHROMIUM'];
  if (!executablePath) throw new BrowserMissingError();
  // Chromium refuses to make its sandbox for root, who is who tests run as in many containers.
  const chromiumSandbox = process.getuid?.() !== 0;
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',');
  return chromium.launch({ executablePath, chromiumSandbox, args: rules ? [`--host-resolver-rules=${rules}`] : [] });
}
