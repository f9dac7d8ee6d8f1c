import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderEnvFile } from './env-file.ts';

const env = {
  PLAIN: 'http://127.0.0.1:3000/a?b=c&d',
  SENDER: 'Atlas <no-reply@atlas.example>',
  KEYS: '[{"kty":"OKP","x":"a_b-c"}]',
  DOLLAR: '$HOME `id` $(id) \\n #no comment',
  APOSTROPHE: "it's",
  EMPTY: '',
};
const dir = mkdtempSync(join(tmpdir(), 'atlas-env-'));
const file = join(dir, 'stack.env');
const print = `console.log(JSON.stringify(Object.fromEntries(${JSON.stringify(Object.keys(env))}.map((n) => [n, process.env[n]]))))`;

beforeAll(() => writeFileSync(file, renderEnvFile(env, 'a comment with $(id)')));
afterAll(() => rmSync(dir, { recursive: true }));

describe('an env file', () => {
  it('is read by node --env-file', () => {
    const output = execFileSync(process.execPath, [`--env-file=${file}`, '-e', print], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(env);
  });

  it('is read by a shell', () => {
    const script = `set -a; . ${file}; exec "${process.execPath}" -e '${print}'`;
    expect(JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }))).toEqual(env);
  });
});
