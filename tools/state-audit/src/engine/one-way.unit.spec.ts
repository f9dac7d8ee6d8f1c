import ts from 'typescript';
import { writtenOneWay } from './one-way.ts';

const written = (text: string) =>
  writtenOneWay(ts.createSourceFile('a.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)).text;

test.each([
  [`a['b']['c'](1, 'x'); y['z'] = 2`, `a.b.c(1, 'x'); y.z = 2`],
  [`const o = { 'k': 1, 'm'() {}, 'a-b': 2 }`, `const o = { k: 1, m() {}, 'a-b': 2 }`],
  [`const { 'a': b } = x?.['y']?.['z'](1)`, `const { a: b } = x?.y?.z(1)`],
  [`a['b'].c['d']=1;`, `a.b.c.d=1;`],
  [`if (Math['random']()<0.5) x[name]['constructor']++`, `if (Math.random()<0.5) x[name].constructor++`],
  [`x['a'] // 'c'\n['b'] = /* d */ 1`, `x.a\n.b = 1`],
  [`1['toFixed'](2) + "x['a'] // b" + /'a':[/'b']/`, `1['toFixed'](2) + "x['a'] // b" + /'a':[/'b']/`],
])('%s is read as %s', (text, meant) => {
  expect(written(text).replaceAll(' ', '')).toBe(meant.replaceAll(' ', ''));
});

test('every line stays where it was, and so does what begins it', () => {
  const text = `x[\n  'long'\n]['b'](3);\nz = { 'hits': // one\n 0 };\n  last['a'] = 1`;
  const found = written(text);
  expect(found).toHaveLength(text.length);
  expect(found.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length));
  expect(found.split('\n').at(-1)!.trimEnd()).toBe('  last.a    = 1');
});
