import {
  audit,
  compare,
  githubReport,
  htmlReport,
  humanReport,
  jsonReport,
  parseBaseline,
  sarifReport,
  toBaseline,
} from './index.ts';

const same = (text: string) => text;
const style = { bold: same, dim: same, red: same, yellow: same, green: same };

const counter = (comment = '') => [
  {
    path: 'server.js',
    text: `${comment}let visits = 0;\nconst app = require('express')();\napp.get('/', (req, res) => { visits++; res.end(); });\n`,
  },
];

describe('a finding', () => {
  const result = audit(counter());
  const [finding] = result.findings;

  test('says what, where, proven by which write, reached how, and what to do', () => {
    expect(finding).toMatchObject({
      kind: 'counter',
      file: 'server.js',
      line: 1,
      column: 5,
      name: 'visits',
      risk: 'correctness',
    });
    expect(finding?.evidence).toEqual([
      { file: 'server.js', line: 3, text: 'visits++', path: ["request: app.get('/')"] },
    ]);
    expect(finding?.replacement).toMatch(/INCR in Redis/);
  });

  test('is told to people with the table of categories', () => {
    const text = humanReport(result, compare(result.findings, undefined), style);
    expect(text).toMatch(/server\.js:1:5 {2}counter/);
    expect(text).toMatch(/CATEGORY +COUNT +PROBLEM/);
    expect(text).toMatch(/counters and request state +1 /);
    expect(text).toMatch(/1 place with process-local state/);
  });

  test('is told to programs: JSON, SARIF, GitHub', () => {
    const compared = compare(result.findings, undefined);
    expect(JSON.parse(jsonReport(result, compared))).toMatchObject({
      version: 1,
      summary: [{ kind: 'counter', count: 1 }],
      findings: [{ baseline: false }],
    });
    const sarif = JSON.parse(sarifReport(result, compared));
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          results: [
            {
              ruleId: 'state/counter:written-variable',
              level: 'error',
              locations: [{ physicalLocation: { region: { startLine: 1 } } }],
            },
          ],
        },
      ],
    });
    expect(githubReport(result, compared)).toMatch(
      /^::error file=server\.js,line=1,col=5,title=state\/counter%3Awritten-variable::/,
    );
  });

  test('is escaped in the HTML report', () => {
    const bad = audit([
      {
        path: 'a.js',
        text: `const seen = new Map();\nexports.f = (req, res) => { seen.set('<script>alert(1)</script>', req.body); res.end(); };\n`,
      },
    ]);
    const html = htmlReport(bad, compare(bad.findings, undefined), '<x>');
    expect(html).not.toMatch(/<script>|<x>/);
    expect(html).toMatch(/&#60;script/);
  });
});

describe('what a team knows already', () => {
  test('a baseline survives moved lines, and only what is new is left', () => {
    const before = audit(counter());
    const baseline = parseBaseline(toBaseline(before.findings));
    const moved = audit(counter('\n\n\n'));
    expect(compare(moved.findings, baseline)).toMatchObject({ fresh: [], known: [{ line: 4 }], gone: 0 });
    expect(compare([], baseline)).toEqual({ fresh: [], known: [], gone: 1 });
  });

  test.each(['', '{}', '{"version":2,"findings":[]}', '{"version":1,"findings":[{}]}'])(
    'a wrong baseline is explained: %s',
    (text) => {
      expect(() => parseBaseline(text)).toThrow(/the baseline is not/);
    },
  );
});

describe('atlas-local-ok', () => {
  test('explains a finding with a reason', () => {
    const result = audit(counter('// atlas-local-ok: shown on this replica’s own page\n'));
    expect(result.findings).toEqual([]);
    expect(result.explained).toMatchObject([{ name: 'visits', reason: 'shown on this replica’s own page' }]);
    expect(result.badSuppressions).toEqual([]);
  });

  test('without a reason explains nothing, and is named itself', () => {
    const result = audit(counter('// atlas-local-ok\n'));
    expect(result.findings).toHaveLength(1);
    expect(result.badSuppressions).toMatchObject([{ line: 1, reason: undefined }]);
  });

  test('where nothing is found is named, too; in a string it is only a text', () => {
    const said = audit([
      { path: 'a.js', text: '// atlas-local-ok: there was a cache here once\nconst a = 1;\nexports.a = a;\n' },
    ]);
    expect(said.badSuppressions).toHaveLength(1);
    const quoted = audit([{ path: 'a.js', text: `exports.help = 'write // atlas-local-ok: <reason here>';\n` }]);
    expect(quoted.badSuppressions).toEqual([]);
  });
});

test('a file that does not parse is listed and read as far as it goes', () => {
  const result = audit([
    {
      path: 'broken.js',
      text: 'const seen = new Set();\nexports.f = (req, res) => { seen.add(req.body.id); };\nfunction (\n',
    },
  ]);
  expect(result.unparsable).toMatchObject([{ file: 'broken.js', line: 3 }]);
  expect(result.findings.map((f) => f.name)).toEqual(['seen']);
});

test.each([
  ['nothing', ''],
  ['binary', '\u0000\u0001\u0002'],
  [
    'a circle',
    `const a = () => b();\nconst b = () => a();\nmodule.exports = module.exports;\nlet x = x;\nclass A extends A {}\nx.y = x;`,
  ],
  ['a name that is made of itself', `let list = [], branch = branch[branch.length - 1].section = [];`],
  [
    'a walk',
    `function walk(tree, prefix) { tree = tree[prefix] = {}; }
function other(n) { n = n.kids || (n.kids = {}); }`,
  ],
  [
    'parts of each other',
    `function a(n) { const kids = b(n); a(kids[0]); }
function b(n) { return n.kids = []; }`,
  ],
  [
    'options made of themselves',
    `const { Agent } = require('http');
let given = config.x;
if (y) given = { ...given };
module.exports = ((o) => new Agent({ ...o }))(given);`,
  ],
  ['deep nesting', `exports.f = () => ${'['.repeat(500)}${']'.repeat(500)};`],
])('never throws: %s', (_name, text) => {
  expect(audit([{ path: 'x.js', text }]).findings).toEqual([]);
});
