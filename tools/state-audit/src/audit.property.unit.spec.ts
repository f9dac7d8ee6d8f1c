import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { audit } from './audit.ts';
import { type CorpusCase, readCorpus } from './corpus.ts';
import type { SourceText } from './engine/program.ts';

const corpus = readCorpus(join(__dirname, '..', 'corpus'));

/** What was found, without where: lines move when comments come. */
function told(files: readonly SourceText[]): string[] {
  return audit(files)
    .findings.map((f) => `${f.kind} ${f.file} ${f.name.replace(/\s+/g, '').slice(0, 30)}`)
    .sort();
}

const expected = new Map(corpus.map((one) => [one.name, told(one.files)]));

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly put: string;
}

function edited(file: SourceText, edits: readonly Edit[]): SourceText {
  let { text } = file;
  for (const { at, remove, put } of [...edits].sort((a, b) => b.at - a.at))
    text = text.slice(0, at) + put + text.slice(at + remove);
  return { ...file, text };
}

function parse(file: SourceText): ts.SourceFile {
  return ts.createSourceFile(
    file.path,
    file.text,
    ts.ScriptTarget.Latest,
    true,
    file.path.endsWith('ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS,
  );
}

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

/** Comments and empty lines before statements, comments after them. */
function commented(file: SourceText, pick: () => boolean): SourceText {
  const edits: Edit[] = [];
  each(parse(file), (node) => {
    if (!ts.isStatement(node) || ts.isBlock(node) || !pick()) return;
    if (!ts.isBlock(node.parent) && !ts.isSourceFile(node.parent)) return;
    edits.push({
      at: node.getStart(),
      remove: 0,
      put: '\n// cache = new Map(); sessions.set(1, 2)\n/* let rate = 0 */ ',
    });
  });
  return edited(file, edits);
}

/** Function declarations are hoisted: where they stand does not matter. */
function reordered(file: SourceText, pick: () => boolean): SourceText {
  const source = parse(file);
  const moved = source.statements.filter((s) => ts.isFunctionDeclaration(s) && pick());
  const without = edited(
    file,
    moved.map((s) => ({ at: s.getFullStart(), remove: s.getFullWidth(), put: '' })),
  );
  return {
    ...file,
    text: `${without.text}\n${moved
      .map((s) => s.getText())
      .reverse()
      .join('\n')}\n`,
  };
}

/** Types on parameters and values of TypeScript files. */
function typed(file: SourceText, pick: () => boolean): SourceText {
  if (!file.path.endsWith('.ts')) return file;
  const edits: Edit[] = [];
  each(parse(file), (node) => {
    if (
      ts.isParameter(node) &&
      !node.type &&
      !node.initializer &&
      ts.isIdentifier(node.name) &&
      isParenthesised(node) &&
      pick()
    )
      edits.push({ at: node.name.end, remove: 0, put: ': any' });
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isNewExpression(node.initializer) && pick()) {
      edits.push({ at: node.initializer.end, remove: 0, put: ' as unknown as any' });
    }
  });
  return edited(file, edits);
}

function isParenthesised(node: ts.ParameterDeclaration): boolean {
  return (
    !ts.isArrowFunction(node.parent) ||
    node.parent
      .getText()
      .replace(/^async\s*/, '')
      .startsWith('(')
  );
}

/** New names for parameters that frameworks do not fill. */
function renamed(file: SourceText, pick: () => boolean): SourceText {
  const source = parse(file);
  const edits: Edit[] = [];
  let next = 0;
  each(source, (fn) => {
    if (!ts.isFunctionLike(fn) || !('body' in fn) || !fn.body) return;
    for (const p of fn.parameters) {
      const name = p.name;
      if (
        !ts.isIdentifier(name) ||
        /^_?(req|res|next|ctx|app|socket|ip|token|sid|name|key)$/.test(name.text) ||
        ts.getCombinedModifierFlags(p) ||
        !pick()
      )
        continue;
      const places: ts.Identifier[] = [];
      let safe = true;
      each(fn, (node) => {
        if (!ts.isIdentifier(node) || node.text !== name.text) return;
        const up = node.parent;
        if (
          (ts.isPropertyAccessExpression(up) && up.name === node) ||
          (ts.isPropertyAssignment(up) && up.name === node) ||
          ts.isPropertySignature(up)
        )
          return;
        if (
          ts.isShorthandPropertyAssignment(up) ||
          ts.isBindingElement(up) ||
          (ts.isParameter(up) && up !== p) ||
          ts.isVariableDeclaration(up)
        ) {
          if (!ts.isVariableDeclaration(up) || up.name === node) safe = false;
        }
        places.push(node);
      });
      if (!safe || places.some((n) => edits.some((e) => e.at === n.getStart()))) continue;
      const fresh = `p${(next += 1)}x`;
      for (const node of places) edits.push({ at: node.getStart(), remove: node.text.length, put: fresh });
    }
  });
  return edited(file, edits);
}

const changes = { commented, reordered, typed, renamed };

test.each(Object.entries(changes))('findings stay the same when a program is %s', (_name, change) => {
  fc.assert(
    fc.property(fc.constantFrom(...corpus), fc.infiniteStream(fc.boolean()), (one: CorpusCase, stream) => {
      const pick = () => stream.next().value as boolean;
      const files = one.files.map((file) => change(file, pick));
      expect(told(files)).toEqual(expected.get(one.name));
    }),
    { numRuns: 40 },
  );
});

test('the order of files does not matter', () => {
  for (const one of corpus) expect(told([...one.files].reverse())).toEqual(expected.get(one.name));
});

test('the changes change something', () => {
  const all = corpus.flatMap((one) => one.files);
  for (const change of Object.values(changes)) {
    expect(all.filter((file) => change(file, () => true).text !== file.text).length).toBeGreaterThan(5);
  }
});
