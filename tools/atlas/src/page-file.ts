import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.ts';

/** Says in one line, before anything long is done, that a page cannot be written there. */
export function checkPageFile(file: string | undefined): void {
  if (file === undefined) return;
  if (!existsSync(dirname(resolve(file)))) throw new UsageError(`There is no folder for "${file}".`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`"${file}" is a folder; give the name of a file.`);
}
