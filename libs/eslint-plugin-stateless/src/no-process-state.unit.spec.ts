import { Linter } from 'eslint';
import { createStateless, type Options } from './index.ts';

function lint(code: string, options: Options = {}): string[] {
  const config = {
    files: ['**/*.js'],
    plugins: { stateless: createStateless() },
    rules: { 'stateless/no-process-state': ['error', { scope: 'file', ...options }] },
  } as Linter.Config;
  return new Linter()
    .verify(code, [config], { filename: 'server.js' })
    .map((m) => `${m.line}:${m.column} ${m.message}`);
}

test('state that a handler changes is reported where it is declared', () => {
  const [message, ...others] = lint(
    `const sessions = new Map();\nexport const login = (req, res) => sessions.set(req.body.id, req.user);\n`,
  );
  expect(message).toMatch(/^1:7 .*`sessions`.*With several replicas.*Instead.*state\/session/);
  expect(others).toEqual([]);
});

test('constants and tables filled at load are not', () => {
  expect(
    lint(
      `const codes = new Map([['a', 1]]);\ncodes.set('b', 2);\nexport const code = (req, res) => res.json(codes.get('a'));\n`,
    ),
  ).toEqual([]);
});

test('an exception needs a reason', () => {
  const code = (comment: string) => `${comment}\nlet hits = 0;\nexport const hit = (req, res) => res.json(++hits);\n`;
  expect(lint(code('// atlas-local-ok: shown on the page of this replica only'))).toEqual([]);
  expect(lint(code('// atlas-local-ok:')).join('\n')).toMatch(/1:1 An exception needs its reason[^]*2:5 .*`hits`/);
});

test('options: kinds that are allowed, confidence, state that an owner holds', () => {
  const counter = `let hits = 0;\nexport const hit = (req, res) => res.json(++hits);\n`;
  expect(lint(counter, { allow: ['counter'] })).toEqual([]);
  expect(lint(counter, { minConfidence: 1 })).toEqual([]);
  const owned = `function createCounter() { let n = 0; return { hit: (req, res) => res.json(++n) }; }\nconst app = express();\nconst counter = createCounter();\napp.get('/', counter.hit);\n`;
  expect(lint(owned)).toHaveLength(1);
  expect(lint(owned, { allowOwned: true })).toEqual([]);
});
