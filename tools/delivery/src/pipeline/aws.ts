import { execFileSync } from 'node:child_process';

/** Runs the AWS command line, which every runner of GitHub has, and returns what it answers. Throws what it says. */
export function aws<T>(...args: string[]): T {
  const answer = execFileSync('aws', [...args, '--output', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (answer.trim() === '' ? undefined : JSON.parse(answer)) as T;
}
