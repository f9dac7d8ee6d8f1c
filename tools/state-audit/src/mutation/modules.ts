import ts from 'typescript';
import type { SourceText } from '../engine/program.ts';
import { type Edit, each, edited, type Mutation, parse } from './edits.ts';

/** What TypeScript's compiler writes: CommonJS of today. */
export const compiled: Mutation = (files) => files.map((file) => transpiled(file, ts.ScriptTarget.ES2022));

/** The same for engines of 2015: without classes' fields, `async` and `?.`. */
export const compiledFor2015: Mutation = (files) => files.map((file) => transpiled(file, ts.ScriptTarget.ES2015));

function transpiled(file: SourceText, target: ts.ScriptTarget): SourceText {
  const isModule = parse(file).statements.some(
    (s) =>
      ts.isImportDeclaration(s) ||
      ts.isExportDeclaration(s) ||
      ts.isExportAssignment(s) ||
      /^export /.test(s.getText()),
  );
  if (!isModule && target === ts.ScriptTarget.ES2022) return file;
  const { outputText } = ts.transpileModule(file.text, {
    fileName: file.path,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target,
      experimentalDecorators: true,
      esModuleInterop: true,
      allowJs: true,
    },
  });
  return { path: file.path.replace(/\.ts$/, '.js'), text: outputText };
}

/** CommonJS becomes ESM, where requires and exports are plain; what stays is CommonJS that ESM loads. */
export const requireToImport: Mutation = (files) =>
  files.map((file) => {
    const name = file.path.replace(/^.*\//, '').replace(/(\/index)?\.[jt]s$/, '');
    // Somebody who requires it whole would get a namespace.
    const isRequiredWithin = files.some((other) =>
      new RegExp(`[^=\\s] *require\\('[^']*${name}'\\)|require\\('[^']*${name}'\\)[^;\\n]`).test(other.text),
    );
    return toImports(file, isRequiredWithin);
  });

function toImports(file: SourceText, isRequiredWithin: boolean): SourceText {
  const source = parse(file);
  const edits: Edit[] = [];
  const exports: Edit[] = [];
  let plain = !isRequiredWithin;
  let exported = 0;
  for (const s of source.statements) {
    const text = s.getText();
    const loaded = /^(?:const|let|var) ([\w$]+) = require\(('[^']+')\);?$/.exec(text);
    const parts = /^(?:const|let|var) \{([^{}]*)\} = require\(('[^']+')\);?$/.exec(text);
    if (loaded) edits.push({ at: s.getStart(), remove: s.getWidth(), put: `import ${loaded[1]} from ${loaded[2]};` });
    else if (parts) {
      const names = parts[1]!
        .trim()
        .split(/\s*,\s*/)
        .filter(Boolean)
        .map((one) => one.replace(/\s*:\s*/, ' as '));
      // What a file gives as one object is no list of names to ESM; then it is taken apart after.
      edits.push({ at: s.getStart(), remove: s.getWidth(), put: `import { ${names.join(', ')} } from ${parts[2]};` });
    } else if (/^require\('[^']+'\);?$/.test(text)) {
      edits.push({ at: s.getStart(), remove: 'require('.length, put: 'import ' });
      edits.push({ at: s.getStart() + text.indexOf(')'), remove: 1, put: '' });
    } else if (ts.isExpressionStatement(s) && ts.isBinaryExpression(s.expression)) {
      const left = s.expression.left.getText();
      const right = s.expression.right;
      const name = /^(?:module\.)?exports\.([\w$]+)$/.exec(left)?.[1];
      if (left === 'module.exports') {
        exported += 1;
        const names = ts.isObjectLiteralExpression(right) ? right.properties : undefined;
        if (
          names?.every(
            (p) =>
              ts.isShorthandPropertyAssignment(p) || (ts.isPropertyAssignment(p) && ts.isIdentifier(p.initializer)),
          )
        ) {
          const list = names.map((p) =>
            ts.isPropertyAssignment(p) ? `${p.initializer.getText()} as ${p.name.getText()}` : p.getText(),
          );
          exports.push({ at: s.getStart(), remove: s.getWidth(), put: `export { ${list.join(', ')} };` });
        } else exports.push({ at: s.getStart(), remove: right.getStart() - s.getStart(), put: 'export default ' });
      } else if (name) {
        const isTaken = new RegExp(`\\b(const|let|var|function|class) ${name}\\b`).test(file.text);
        if (isTaken || new RegExp(`exports\\.${name}\\b`, 'g').exec(file.text.replace(text, ''))) plain = false;
        exports.push({ at: s.getStart(), remove: right.getStart() - s.getStart(), put: `export const ${name} = ` });
      }
    }
  }
  const done = edited(file, [...edits, ...exports]);
  each(parse(done), (node) => {
    if (ts.isPropertyAccessExpression(node) && /^(module\.)?exports\b/.test(node.getText())) plain = false;
  });
  const isOne = exported === 0 || exports.length === 1;
  return plain && exported <= 1 && isOne ? done : edited(file, edits);
}
