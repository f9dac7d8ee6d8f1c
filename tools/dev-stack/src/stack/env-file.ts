import { StackError } from '../errors.ts';

/**
 * The text of an env file that `node --env-file` and `set -a; . file` of a POSIX shell read alike. Single quotes keep a
 * value as it is in both; there is no escape in them, so a value with a single quote is put in double quotes as long as it
 * holds nothing that a shell would expand. Throws StackError UNQUOTABLE_VALUE otherwise.
 */
export function renderEnvFile(env: Record<string, string>, comment: string): string {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quote(name, value)}`);
  return `# ${comment}\n${lines.join('\n')}\n`;
}

function quote(name: string, value: string): string {
  if (/^[\w.:/@%+,-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  if (!/["$`\\!\n]/.test(value)) return `"${value}"`;
  throw new StackError('UNQUOTABLE_VALUE', `${name} cannot be written to an env file: it mixes both kinds of quotes.`);
}
