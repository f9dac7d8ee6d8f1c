import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesIn } from './moved-lines.ts';
import { createPackageAudits } from './package-audits.ts';

const STATE = 'export const seen = new Set();\n';
const ROUTE = `import { seen } from './state.js';\nexport const add = (req, res) => { seen.add(req.body.id); res.end(); };\n`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atlas-stateless-'));
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(root, 'state.js'), STATE);
  writeFileSync(join(root, 'route.js'), ROUTE);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A clock of which every audit takes so long. */
function clock(auditMs: number) {
  const at = { ms: 0 };
  return { at, read: () => (at.ms += auditMs) };
}

const lines = (found: { findings: readonly { line: number }[] }) => found.findings.map((f) => f.line);

test('a file that is written elsewhere is found through its package, however it is edited', () => {
  const audits = createPackageAudits(clock(1).read);
  expect(lines(audits.inPackage(join(root, 'state.js'), STATE))).toEqual([1]);
  expect(lines(audits.inPackage(join(root, 'state.js'), `// one\n${STATE}`))).toEqual([2]);
  expect(lines(audits.inPackage(join(root, 'route.js'), ROUTE.replace('seen.add(req.body.id);', '')))).toEqual([]);
  // The editor's text of the other file counts, not that on the disk.
  expect(lines(audits.inPackage(join(root, 'state.js'), STATE))).toEqual([]);
});

test('a package that takes long is not audited at every keystroke: what was found moves with its lines', () => {
  const { at, read } = clock(400);
  const audits = createPackageAudits(read);
  expect(lines(audits.inPackage(join(root, 'state.js'), STATE))).toEqual([1]);
  const more = `${STATE}export const other = new Set();\nexport const add = (req) => other.add(req.ip);\n`;
  expect(lines(audits.inPackage(join(root, 'state.js'), `\n\n${more}`))).toEqual([3]);
  at.ms += 60_000;
  expect(lines(audits.inPackage(join(root, 'state.js'), `\n\n${more}`))).toEqual([3, 4]);
});

test.each([
  ['lines before it', 'a\nb\nc', 'x\ny\na\nb\nc', 2, 4],
  ['lines after it', 'a\nb\nc', 'a\nb\nx\nc', 2, 2],
  ['its indentation', 'a\nb\nc', 'a\n  b\nd', 2, 2],
  ['the line itself', 'a\nb\nc', 'a\nz\nc', 2, undefined],
])('a line is found again after a change of %s', (_what, before, now, line, expected) => {
  expect(linesIn(before, now)(line)).toBe(expected);
});
