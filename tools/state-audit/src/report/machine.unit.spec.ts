import { audit } from '../audit.ts';
import { compare } from '../baseline.ts';
import { htmlReport } from './html.ts';
import { humanReport } from './human.ts';
import { githubReport, jsonReport, sarifReport } from './machine.ts';

const handler = `exports.hit = (req, res) => res.json(++hits);\n`;
const of = (text: string, path = 'src/a.js') => {
  const result = audit([{ path, text }]);
  return { result, compared: compare(result.findings, undefined) };
};
interface Sarif {
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    originalUriBaseIds?: unknown;
    results: {
      ruleId: string;
      suppressions?: unknown;
      locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
    }[];
    invocations: { toolExecutionNotifications: { level: string; message: { text: string } }[] }[];
  }[];
}
const sarif = ({ result, compared }: ReturnType<typeof of>, folder?: string) =>
  (JSON.parse(sarifReport(result, compared, folder)) as Sarif).runs[0]!;

test('bad explanations and files not read whole are said by every report', () => {
  const bad = of(`// atlas-local-ok: explains nothing at all\nconst a = 1;\nconst = ;\n`);
  expect(githubReport(bad.result, bad.compared).split('\n')).toEqual([
    '::error file=src/a.js,line=1,title=atlas-local-ok::atlas-local-ok explains nothing: no finding on the line it covers',
    expect.stringMatching(/^::warning file=src\/a\.js,line=3,title=not read whole::/),
  ]);
  expect(sarif(bad).invocations[0]!.toolExecutionNotifications.map((n) => n.level)).toEqual(['error', 'warning']);
  const leftOut = [{ path: 'test/', files: 12, why: 'tests' }];
  const page = htmlReport({ ...bad.result, leftOut }, bad.compared, 'shop');
  expect(page).toMatch(
    /explains nothing: no finding[^]*12 files not looked at[^]*<code>test\/<\/code> tests, 12 files/,
  );
  expect(page).toMatch(/Not read whole[^]*src\/a\.js:3/);
});

test('progress goes to the end, also while the rules are at work', () => {
  const told: [number, number, string][] = [];
  const files = ['a.js', 'b.js'].map((path) => ({ path, text: `let hits = 0;\n${handler}` }));
  audit(files, undefined, { onProgress: (...step) => void told.push(step) });
  expect(told.map(([done]) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(told.every(([, total]) => total === 8)).toBe(true);
  expect(new Set(told.map(([, , what]) => what)).size).toBe(5);
});

test('explained state is a suppressed result', () => {
  const explained = of(`// atlas-local-ok: shown on the page of this replica\nlet hits = 0;\n${handler}`);
  expect(sarif(explained).results).toMatchObject([
    { suppressions: [{ kind: 'inSource', justification: 'shown on the page of this replica' }] },
  ]);
  expect(githubReport(explained.result, explained.compared)).toBe('');
});

test('places are those of the folder that reads the report, encoded', () => {
  const found = of(`let hits = 0;\n${handler}`, 'src/a b#1.js');
  expect(githubReport(found.result, found.compared, 'server')).toMatch(/^::error file=server\/src\/a b#1\.js,line=1,/);
  const uri = (folder: string) => sarif(found, folder).results[0]!.locations[0]!.physicalLocation.artifactLocation.uri;
  expect(['', 'server', '/else/where'].map(uri)).toEqual([
    'src/a%20b%231.js',
    'server/src/a%20b%231.js',
    'file:///else/where/src/a%20b%231.js',
  ]);
  expect(sarif(found).originalUriBaseIds).toBeUndefined();
});

test('a finding has one rule id in all reports', () => {
  const found = of(`let hits = 0;\n${handler}`);
  const id = 'state/counter:written-variable';
  const style = { bold: String, dim: String, red: String, yellow: String, green: String };
  expect(sarif(found)).toMatchObject({ results: [{ ruleId: id }], tool: { driver: { rules: [{ id }] } } });
  expect(jsonReport(found.result, found.compared)).toContain(`"${id}"`);
  expect(humanReport(found.result, found.compared, style)).toContain(id);
  expect(githubReport(found.result, found.compared)).toContain('title=state/counter%3Awritten-variable');
});
