import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(__dirname, '..', '..', '..');

// The file must belong to its project's tsconfig, so real files are used as the place of the bad code.
const app = 'apps/notification/src/app.ts';

const canaries = {
  'an app that imports another app': {
    file: app,
    code: `import { createApp } from '@atlas/gateway';\nexport const made = createApp;\n`,
    bites: [/enforce-module-boundaries/],
  },
  'contracts that import a library of the runtime': {
    file: 'libs/event-contracts/src/topology.ts',
    code: `import { createLogger } from '@atlas/platform';\nexport const made = createLogger;\n`,
    bites: [/enforce-module-boundaries/],
  },
  'module state: a let': moduleState('let count = 0;\nexport const next = () => ++count;\n'),
  'module state: an exported let': moduleState('export let count = 0;\nexport const next = () => ++count;\n'),
  'module state: an empty map': moduleState(
    'const seen = new Map<string, number>();\nexport const see = (k: string) => seen.set(k, 1);\n',
  ),
  'module state: an empty array': moduleState(
    'const seen: string[] = [];\nexport const see = (k: string) => seen.push(k);\n',
  ),
  'module state: an empty object': moduleState(
    'const seen: Record<string, number> = {};\nexport const see = (k: string) => (seen[k] = 1);\n',
  ),
  'module state: an instance': moduleState('class Cache {}\nexport const cache = new Cache();\n'),
  'module state: a singleton': moduleState('class Cache {}\nexport default new Cache();\n'),
  'module state: a static field': moduleState('export class Cache {\n  static hits = 0;\n}\n'),
  'a domain file with a clock, an await, or an import of the runtime': {
    file: 'apps/gateway/src/orders/order.domain.ts',
    code: `import { hash } from 'node:crypto';\nexport const decide = () => [new Date(), Date.now(), hash];\n`,
    bites: [/no-restricted-imports/, /pass the time in/],
  },
  'no state: a table that is complete when the module is loaded': {
    file: app,
    code: `const names = new Map([['a', 1]]);\nexport const find = (k: string) => names.get(k);\n`,
    bites: [],
  },
};

function moduleState(code: string) {
  return { file: app, code, bites: [/no-restricted-syntax/] };
}

describe('the rules bite', () => {
  const messages = new Map<string, string[]>();

  beforeAll(() => {
    // The boundary rule reads Nx's cached project graph and says nothing when there is none.
    execFileSync(join(root, 'node_modules', '.bin', 'nx'), ['show', 'projects'], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false' },
    });
    const texts = Object.values(canaries).map(({ file, code }) => ({ file, code }));
    const run = spawnSync(process.execPath, [join(__dirname, 'lint-texts.mjs')], {
      cwd: root,
      input: JSON.stringify(texts),
      encoding: 'utf8',
    });
    if (!run.stdout.startsWith('[')) throw new Error(run.stderr || run.stdout);
    const answers = JSON.parse(run.stdout) as string[][];
    Object.keys(canaries).forEach((name, index) => messages.set(name, answers[index]!));
  }, 120_000);

  test.each(Object.entries(canaries))('%s', (name, { bites }) => {
    for (const rule of bites) expect(messages.get(name)?.join('\n')).toMatch(rule);
    if (bites.length === 0) expect(messages.get(name)).toEqual([]);
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

  test('the spec files that are started first exist', () => {
    const sequencer = readFileSync(join(root, 'jest.sequencer.mjs'), 'utf8');
    const listed = [...sequencer.matchAll(/'(\S+\.spec\.ts)'/g)].map(([, file]) => file!);
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('the types of all projects are checked in one program', () => {
  const files = execFileSync('git', ['ls-files', 'apps', 'libs', 'tools', 'infra'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => existsSync(join(root, file)));

  test('because none of them has options of its own', () => {
    const configs = files.filter((file) => basename(file) === 'tsconfig.json');
    expect(configs.length).toBeGreaterThan(20);
    const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as object;
    const extended = (file: string) => `${'../'.repeat(file.split('/').length - 1)}tsconfig.base.json`;
    for (const file of configs) {
      expect([file, read(file)]).toEqual([
        file,
        { extends: extended(file), include: ['**/*.ts'], exclude: ['dist', 'node_modules'] },
      ]);
    }
  });

  test('and none declares anything for the others', () => {
    const sources = files.filter((file) => file.endsWith('.ts'));
    const declares = /^\s*declare global\b|^\/\/\/ <reference (lib|types)/m;
    expect(sources.filter((file) => declares.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});
