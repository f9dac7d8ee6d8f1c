import type { z } from 'zod';
import { type ZodType } from 'zod';
import { ConfigError } from '../errors.ts';
import { exampleOf, isSecret } from './field-notes.ts';

export type Environment = Record<string, string | undefined>;

/**
 * The configuration that `schema` (a zod object, one field per variable) reads from `env`. An empty string counts as
 * missing. Throws a ConfigError whose message is one report of everything that is wrong: the variable, the problem and
 * an example; values of secrets are never shown.
 */
export function loadConfig<S extends ZodType>(schema: S, env: Environment): z.output<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new ConfigError(report(schema, result.error.issues, present));
}

type Issue = z.core.$ZodIssue;

function report(schema: ZodType, issues: readonly Issue[], env: Environment): string {
  const byVariable = Map.groupBy(issues, (issue) => String(issue.path[0] ?? '(configuration)'));
  const width = Math.max(...[...byVariable.keys()].map((name) => name.length));
  const lines = [...byVariable].map(([name, found]) => {
    const problem = env[name] === undefined ? missingOr(found) : `${shown(schema, name, env[name])}: ${join(found)}`;
    const example = exampleOf(schema, name);
    return `  ${name.padEnd(width)}  ${problem}${example ? `\n  ${' '.repeat(width)}  for example  ${name}=${example}` : ''}`;
  });
  const count = byVariable.size === 1 ? 'One variable' : `${byVariable.size} variables`;
  return [`The configuration cannot be used. ${count} of the environment must be corrected:`, '', ...lines].join('\n');
}

function missingOr(issues: readonly Issue[]): string {
  return issues.every((issue) => issue.code === 'custom') ? join(issues) : 'is missing';
}

function join(issues: readonly Issue[]): string {
  const messages = issues.map(({ message }) => message.charAt(0).toLowerCase() + message.slice(1));
  return [...new Set(messages)].join('; ');
}

function shown(schema: ZodType, name: string, value: string | undefined): string {
  if (isSecret(schema, name)) return 'is set (value hidden)';
  const safe = String(value).replace(/\/\/[^/@\s]*@/g, '//***@');
  return `is "${safe.length > 80 ? `${safe.slice(0, 80)}…` : safe}"`;
}
