import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(__dirname, '..', '..', '..');

/** Lints `code` as if it stood at `file`; returns the messages of the rules that fired. */
function lint(file: string, code: string): string[] {
  const run = spawnSync(
    join(root, 'node_modules', '.bin', 'eslint'),
    ['--stdin', '--stdin-filename', file, '--format', 'json'],
    { cwd: root, input: code, encoding: 'utf8' },
  );
  if (!run.stdout.startsWith('[')) throw new Error(run.stderr || run.stdout);
  const [result] = JSON.parse(run.stdout) as [{ messages: { ruleId: string | null; message: string }[] }];
  return result.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

beforeAll(() => {
  // The boundary rule reads Nx's cached project graph and says nothing when there is none.
  execFileSync(join(root, 'node_modules', '.bin', 'nx'), ['show', 'projects'], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false' },
  });
});

describe('the rules bite', () => {
  // The file must belong to its project's tsconfig, so real files are used as the place of the bad code.
  const app = 'apps/notification/src/app.ts';

  test('canary: an app that imports another app', () => {
    const messages = lint(app, `import { createApp } from '@atlas/gateway';\nexport const made = createApp;\n`);
    expect(messages.join('\n')).toMatch(/enforce-module-boundaries/);
  });

  test('canary: contracts that import a library of the runtime', () => {
    const code = `import { createLogger } from '@atlas/platform';\nexport const made = createLogger;\n`;
    expect(lint('libs/event-contracts/src/topology.ts', code).join('\n')).toMatch(/enforce-module-boundaries/);
  });

  test.each([
    ['a let', 'let count = 0;\nexport const next = () => ++count;\n'],
    ['an exported let', 'export let count = 0;\nexport const next = () => ++count;\n'],
    ['an empty map', 'const seen = new Map<string, number>();\nexport const see = (k: string) => seen.set(k, 1);\n'],
    ['an empty array', 'const seen: string[] = [];\nexport const see = (k: string) => seen.push(k);\n'],
    ['an empty object', 'const seen: Record<string, number> = {};\nexport const see = (k: string) => (seen[k] = 1);\n'],
    ['an instance', 'class Cache {}\nexport const cache = new Cache();\n'],
    ['a singleton', 'class Cache {}\nexport default new Cache();\n'],
    ['a static field', 'export class Cache {\n  static hits = 0;\n}\n'],
  ])('module state: %s', (_name, code) => expect(lint(app, code).join('\n')).toMatch(/no-restricted-syntax/));

  test('tables that are complete when the module is loaded are no state', () => {
    const code = `const names = new Map([['a', 1]]);\nexport const find = (k: string) => names.get(k);\n`;
    expect(lint(app, code)).toEqual([]);
  });

  test('a domain file with a clock, an await, or an import of the runtime', () => {
    const code = `import { hash } from 'node:crypto';\nexport const decide = () => [new Date(), Date.now(), hash];\n`;
    const messages = lint('apps/gateway/src/orders/order.domain.ts', code).join('\n');
    expect(messages).toMatch(/no-restricted-imports/);
    expect(messages).toMatch(/pass the time in/);
  });
});

describe('names', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)));

  test('no file or folder has a banned name', () => {
    const banned = /(^|[/.-])(utils?|helpers?|common|misc|managers?)([/.-]|$)/;
    expect(files.filter((file) => banned.test(file) && !file.startsWith('docs/'))).toEqual([]);
  });

  test('source files are kebab-case with a role suffix', () => {
    const sources = files.filter((file) => /^(apps|libs|tools)\/.*\.ts$/.test(file));
    expect(sources.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(basename(file)))).toEqual([]);
  });

  test('the five files of the trace are where the README says', () => {
    const trace = [
      'apps/gateway/src/orders/order.routes.ts',
      'apps/gateway/src/orders/order.domain.ts',
      'libs/event-contracts/src/order/order-completed.ts',
      'apps/notification/src/handlers.ts',
      'apps/notification/src/order-completed/order-completed.handler.ts',
    ];
    expect(trace.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
