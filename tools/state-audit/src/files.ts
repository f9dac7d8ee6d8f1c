import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import ignore from 'ignore';
import ts from 'typescript';
import { importedBy, partsOfPages } from './browser-parts.ts';
import { copiesIn, licenceIn } from './copies.ts';
import type { SourceText } from './engine/program.ts';
import type { ModuleNames } from './engine/resolve.ts';

const SOURCE = /\.([cm]?[jt]s|jsx|tsx)$/;
const NOT_SOURCE =
  /\.d\.[cm]?ts$|\.min\.[cm]?js$|\.bundle\.js$|[.-](test|spec|stories|bench|e2e|cy|fixture|mock)\.[cm]?[jt]sx?$|(^|\/)(gulpfile|gruntfile|webpack[\w.]*|rollup[\w.]*|vite[\w.]*|jest[\w.]*|karma[\w.]*|babel[\w.]*|\.eslintrc|test-?utils?|test-?setup|testing-?utils?|(fake|mock|stub)(-[\w.-]+)?|\.prettierrc|knexfile|ecosystem)\.[cm]?[jt]s$/i;
/** `drizzle.config.ts` of a tool; what lies in the source of the server is the server's: `src/config/mail.config.ts`. */
const isSettingOfTool = (rel: string) =>
  /(^|\/)[\w.-]+\.config\.[cm]?[jt]s$/i.test(rel) && !/(^|\/)(src|lib|app|modules)\//i.test(rel);
const words = (text: string) => text.split(' ');
/** Folders of dependencies and of what tools made: not even counted. */
const NOT_OURS = new Set(words('node_modules bower_components .git .next .nuxt .cache coverage tmp'));
const COPIES = 'copies of others';
/** Folders that hold no code of the server, and why. */
const SKIPPED = new Map<string, string>([
  ...words('vendor vendors third_party').map((name) => [name, COPIES] as const),
  ...words(
    'test tests __tests__ __mocks__ spec specs e2e __e2e__ __integration__ fixtures __fixtures__ mock mocks fake fakes __fakes__ stub stubs cypress testing testutils test-utils',
  ).map((name) => [name, 'tests'] as const),
  ...words('migrations seeders seeds benchmark benchmarks storybook .storybook examples example').map(
    (name) => [name, 'run by hand'] as const,
  ),
]);
/** Of these, what the server imports is the server's all the same. */
const MAY_SERVE = /^(migrations|seeders|seeds)$/;
/** So are these, but not within the source of a server: there a `client` may well call another service. */
const SKIPPED_OUTSIDE = new Map<string, string>([
  ...words('public static assets www client frontend webapp public_html browser').map(
    (name) => [name, 'for browsers'] as const,
  ),
  ...words('docs doc').map((name) => [name, 'documents'] as const),
]);
const IN_SERVER = /(^|\/)(src|server|lib|modules|app|api)\//i;
const BUILT = new Set(['dist', 'build', 'out', 'output', 'compiled']);
const MAX_BYTES = 1_500_000;

export interface Sources {
  readonly files: readonly SourceText[];
  readonly names: ModuleNames;
  /** Files that cannot be read at all, with the reason. */
  readonly unreadable: readonly { file: string; message: string }[];
  /** What was not read on purpose, apart from dependencies and what is ignored. */
  readonly leftOut: readonly LeftOut[];
}

/** A file, or a folder with so many source files, that the audit does not look at. */
export interface LeftOut {
  readonly path: string;
  readonly files: number;
  readonly why: string;
}

export interface ReadOptions {
  /** Patterns of .gitignore kind for what is left out as well. */
  readonly ignore?: readonly string[];
  /** Also tests, fixtures, examples and the like. */
  readonly everything?: boolean;
}

/** Reads the source files below `root` (or one file) that belong to the server. */
export function readSources(root: string, options: ReadOptions = {}): Sources {
  const ignored = ignore().add([...(options.ignore ?? [])]);
  const gitignore = join(root, '.gitignore');
  const isFolder = statSync(root).isDirectory();
  if (isFolder) {
    const own = tryRead(gitignore);
    if (own !== undefined) ignored.add(own);
  }
  const files: SourceText[] = [];
  const byHand: SourceText[] = [];
  const unreadable: { file: string; message: string }[] = [];
  const leftOut: LeftOut[] = [];
  const packages = new Map<string, string>();
  const aliases: ModuleNames['aliases'][number][] = [];
  const browserFiles: SourceText[] = [];
  const copies: string[] = [];
  const outputs: NonNullable<ModuleNames['outputs']>[number][] = [];
  const licence = isFolder ? licenceIn(root) : undefined;
  let withBuilt = false;
  if (isFolder) folder(root);
  else read(root, root.split(sep).at(-1)!);
  // A published package has only what the compiler wrote, perhaps beside a folder of something else.
  if (isFolder && files.length === 0) {
    withBuilt = true;
    unreadable.length = leftOut.length = browserFiles.length = copies.length = byHand.length = 0;
    folder(root);
  }
  for (const one of importedBy(files, byHand, { aliases, packages })) {
    files.push(one);
    const at = leftOut.findIndex((l) => one.path.startsWith(l.path));
    const from = leftOut[at];
    if (from) leftOut.splice(at, 1, ...(from.files > 1 ? [{ ...from, files: from.files - 1 }] : []));
  }
  // What a compiler wrote beside its source says the same again.
  const sources = new Set(files.filter((f) => /\.tsx?$/.test(f.path)).map((f) => f.path.replace(/\.tsx?$/, '')));
  const scripts = new Set(files.filter((f) => /\.js$/.test(f.path)).map((f) => f.path.replace(/\.js$/, '')));
  const kept = files.filter((f) => {
    // The same module for both module systems.
    const isTwin = /\.js$/.test(f.path)
      ? sources.has(f.path.replace(/\.js$/, ''))
      : /\.[cm]js$/.test(f.path) && scripts.has(f.path.replace(/\.[cm]js$/, ''));
    if (isTwin) leftOut.push({ path: f.path, files: 1, why: 'compiled' });
    return !isTwin;
  });
  const served = options.everything ? kept : withoutPages(kept);
  served.sort((a, b) => (a.path < b.path ? -1 : 1));
  leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: served, names: { aliases, packages, copies, outputs }, unreadable, leftOut };

  /** Without the parts of pages that pages alone import. */
  function withoutPages(all: readonly SourceText[]): SourceText[] {
    const pages = partsOfPages(all, browserFiles, { aliases, packages });
    for (const path of pages) leftOut.push({ path, files: 1, why: 'for browsers' });
    return all.filter((f) => !pages.has(f.path));
  }

  function folder(path: string): void {
    const entries = entriesOf(path);
    const names = new Set(entries.map((e) => e.name));
    for (const entry of entries) {
      const full = join(path, entry.name);
      const rel = relative(root, full).split(sep).join('/');
      if (entry.isDirectory()) {
        if (entry.name === 'node_modules' || entry.name === '.git') continue;
        if (!options.everything && (NOT_OURS.has(entry.name.toLowerCase()) || entry.name.startsWith('.'))) continue;
        if (ignored.ignores(`${rel}/`)) continue;
        const why = options.everything ? undefined : whySkipped(entry.name.toLowerCase(), rel, full);
        if (why !== undefined) {
          const count = sourcesBelow(full);
          if (count > 0) leftOut.push({ path: `${rel}/`, files: count, why });
          if (MAY_SERVE.test(entry.name)) aside(full, rel);
          continue;
        }
        // What a compiler wrote is read only where its source is not there.
        if (
          BUILT.has(entry.name) &&
          !withBuilt &&
          (names.has('src') || names.has('lib') || names.has('server') || names.has('tsconfig.json'))
        ) {
          if (entries.some((e) => e.isDirectory() && /^(src|lib|server|app)$/.test(e.name))) continue;
        }
        folder(full);
      } else if (entry.name === 'package.json') workspacePackage(full, rel);
      else if (/^[tj]sconfig(\.base|\.app|\.server|\.build)?\.json$/.test(entry.name)) paths(full, rel);
      else if (entry.isFile() && SOURCE.test(entry.name) && !ignored.ignores(rel)) {
        if (/\.d\.[cm]?ts$|\.min\.js$/.test(rel)) continue;
        if (!options.everything && (NOT_SOURCE.test(rel) || isSettingOfTool(rel))) {
          leftOut.push({ path: rel, files: 1, why: 'tests and settings of tools' });
          continue;
        }
        read(full, rel);
      }
    }
  }

  /** What may turn out to be the server's. */
  function aside(path: string, rel: string): void {
    for (const entry of entriesOf(path)) {
      const at = `${rel}/${entry.name}`;
      if (entry.isDirectory()) aside(join(path, entry.name), at);
      else if (SOURCE.test(entry.name) && !NOT_SOURCE.test(at)) {
        const text = tryRead(join(path, entry.name));
        if (text !== undefined && text.length < MAX_BYTES && !isMinified(text) && !isTest(text))
          byHand.push({ path: at, text });
      }
    }
  }

  function whySkipped(name: string, rel: string, full: string): string | undefined {
    const why = SKIPPED.get(name) ?? (IN_SERVER.test(rel) ? undefined : SKIPPED_OUTSIDE.get(name));
    const copied = why === COPIES ? 'many' : why === undefined ? copiesIn(full, licence) : undefined;
    if (copied !== undefined) copies.push(copied === 'many' ? `${rel}/` : rel);
    return copied === undefined ? why : COPIES;
  }

  function entriesOf(path: string) {
    try {
      return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      const rel = relative(root, path).split(sep).join('/') || '.';
      unreadable.push({ file: rel, message: error instanceof Error ? error.message : String(error) });
      return [];
    }
  }

  function read(full: string, rel: string): void {
    try {
      if (statSync(full).size > MAX_BYTES) {
        unreadable.push({ file: rel, message: `larger than ${MAX_BYTES / 1e6} MB: left out` });
        return;
      }
      const text = decode(readFileSync(full));
      const why = isMinified(text)
        ? 'minified'
        : options.everything
          ? undefined
          : isTest(text)
            ? 'tests and settings of tools'
            : isBrowserCode(text)
              ? 'for browsers'
              : undefined;
      if (why === 'for browsers') browserFiles.push({ path: rel, text });
      if (why !== undefined) {
        leftOut.push({ path: rel, files: 1, why });
        return;
      }
      files.push({ path: rel, text });
    } catch (error) {
      unreadable.push({ file: rel, message: error instanceof Error ? error.message : String(error) });
    }
  }

  function workspacePackage(full: string, rel: string): void {
    const json = parse(full) as { name?: string } | undefined;
    const at = rel.split('/').slice(0, -1).join('/');
    if (json?.name && at) packages.set(json.name, at);
  }

  function paths(full: string, rel: string): void {
    const json = ts.parseConfigFileTextToJson(full, tryRead(full) ?? '').config as
      | { compilerOptions?: { baseUrl?: string; paths?: Record<string, string[]>; outDir?: string; rootDir?: string } }
      | undefined;
    const at = rel.split('/').slice(0, -1).join('/') || '.';
    const { baseUrl, paths: patterns, outDir, rootDir } = json?.compilerOptions ?? {};
    if (outDir && rootDir) outputs.push({ out: posix.join(at, outDir), root: posix.join(at, rootDir) });
    const base = `${at}/${baseUrl ?? '.'}`;
    for (const [pattern, targets] of Object.entries(patterns ?? {})) {
      if (Array.isArray(targets)) aliases.push({ pattern, targets, base });
    }
    if (baseUrl !== undefined) aliases.push({ pattern: '*', targets: ['*'], base });
  }

  function parse(full: string): unknown {
    try {
      return JSON.parse(tryRead(full) ?? '');
    } catch {
      return undefined;
    }
  }
}

/** How many source files a folder holds that is not read. */
function sourcesBelow(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? sum : sum + sourcesBelow(join(folder, entry.name));
      return sum + Number(SOURCE.test(entry.name) && !/\.d\.[cm]?ts$|\.min\.js$/.test(entry.name));
    }, 0);
  } catch {
    return 0;
  }
}

/** The text of a file in UTF-8, in UTF-16 with its mark, or else in Latin-1, as old editors write it. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') && !bytes.includes(0) ? bytes.toString('latin1') : text;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isMinified(text: string): boolean {
  if (text.length < 5000) return false;
  return text.length / (text.split('\n').length || 1) > 400;
}

/** Whatever the file is called: it describes what a test runner runs, and the runner is not the project's own. */
const isTest = (text: string): boolean =>
  (/^describe(\.\w+)?\(/m.test(text) && /^\s+(it|test|before|beforeEach|beforeAll)(\.\w+)?\(/m.test(text)) ||
  isListOfTests(text);

/** `exports.tearDown = …`, and functions that are given the test: `t.expect(1); t.equal(a, b); t.done();` */
function isListOfTests(text: string): boolean {
  if (!/^\s*((module\.)?exports\.)?['"]?(setUp|tearDown)['"]?\s*([:=]\s*(async\s*)?(function\b|\()|\()/m.test(text))
    return false;
  const asserted = [...text.matchAll(/(?<!\.)\b(\w+)\.(?:ok|equals?|deepEqual|strictEqual|notEqual|expect)\(/g)].map(
    ([, on]) => on,
  );
  return asserted.some((on) => new RegExp(`(?<!\\.)\\b${on}\\.done\\(\\)`).test(text));
}

/** Modules that no page has. */
const OF_SERVERS =
  /(\brequire\(|\bimport\(|\bfrom |\bimport )\s*['"](node:[\w/]+|express|https?|fs|fs\/promises|path|os|net|cluster|koa|fastify|crypto|events|child_process|worker_threads|puppeteer(-core)?|playwright(-core)?|jsdom|ioredis|redis|pg|mongoose|@nestjs\/[\w-]+)['"]/;
/** A variable of the environment, apart from those that bundlers write into pages. */
const OWN_ENVIRONMENT = /\bprocess\.env\b(?!\.(NODE_ENV|BASE_URL|PUBLIC_URL|(REACT_APP|VUE_APP|NEXT_PUBLIC|VITE)_))/;

/** Code that a browser runs: it talks to the page and to no module of Node. */
function isBrowserCode(text: string): boolean {
  if (/\b(self|window|globalThis)(\.|\[['"])webpack(Chunk|Jsonp)/.test(text)) return true;
  if (/^\/\/ ==UserScript==/m.test(text)) return true;
  if (OF_SERVERS.test(text) || OWN_ENVIRONMENT.test(text)) return false;
  if (isComponent(text)) return true;
  return /(?<![.\w$])(document\.(getElementById|querySelector|addEventListener|createElement|body|cookie)|window\.(location|addEventListener|document)|localStorage\.|\$\(document\))|from ['"](react|react-dom|vue|svelte|@angular\/core|jquery)['"]|require\(['"](react|jquery|vue)['"]\)/.test(
    text,
  );
}

/** A component of a page, or a part of one, written as an object of options. */
function isComponent(text: string): boolean {
  if (!/export default \{|defineComponent\(|Vue\.(component|extend)\(|module\.exports = \{/.test(text)) return false;
  const options =
    /^\s+(data\s*\(\)|methods\s*:|computed\s*:|watch\s*:|props\s*:|mixins\s*:|emits\s*:|(async )?mounted\s*\(\)|(async )?created\s*\(\)|components\s*:)/gm;
  return new Set(text.match(options)?.map((one) => one.replace(/\W/g, ''))).size >= 2;
}
