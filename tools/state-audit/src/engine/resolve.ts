import { posix } from 'node:path';

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx'];

/** What the audited project says about names of modules; all paths relative to the audited folder, with `/`. */
export interface ModuleNames {
  /** `compilerOptions.paths` of a tsconfig: pattern -> targets, and the folder they hang on. */
  readonly aliases: readonly { pattern: string; targets: readonly string[]; base: string }[];
  /** Packages of a workspace: name -> folder. */
  readonly packages: ReadonlyMap<string, string>;
  /** Folders of packages that were copied into the project and are not read; with `/` at the end where it holds many. */
  readonly copies?: readonly string[];
  /** `outDir` of a tsconfig, and the folder whose files the compiler writes there, where it says which. */
  readonly outputs?: readonly { out: string; root: string }[];
}

/** Where compilers write to, and where the sources of that lie, when no tsconfig says so. */
const OUTPUT = /^(.*\/)?(?:dist|build|out|output|compiled|lib)\/(.+)$/;
const SOURCE_FOLDERS = ['src', 'lib', 'source', 'server', 'app', ''];

const COPY = 'copy:';

/** The package that a file means that was not read because it is a copy: `libs/nodeCron` is `node-cron`. */
export function copiedPackage(path: string | undefined): string | undefined {
  return path?.startsWith(COPY) ? path.slice(COPY.length) : undefined;
}

/** `vendor/nodeCron/index.js` of the copies in `vendor/`: the folder's name as packages are written. */
function copy(path: string, copies: readonly string[]): string | undefined {
  const clean = posix.normalize(path);
  const folder = copies.find((one) => clean === one || clean.startsWith(one.endsWith('/') ? one : `${one}/`));
  if (folder === undefined) return undefined;
  const [name = ''] = folder.endsWith('/') ? clean.slice(folder.length).split('/') : folder.split('/').slice(-1);
  return `${COPY}${name
    .replace(/\.[cm]?js$/, '')
    .replace(/[a-z](?=[A-Z])/g, '$&-')
    .toLowerCase()}`;
}

/** Finds the file of the project that a specifier means; undefined for a package from outside. */
export function createResolver(paths: ReadonlySet<string>, names: ModuleNames) {
  const memo = new Map<string, string | undefined>();
  return (from: string, specifier: string): string | undefined => {
    const key = `${specifier.startsWith('.') ? posix.dirname(from) : ''}\0${specifier}`;
    if (!memo.has(key)) memo.set(key, find(from, specifier));
    return memo.get(key);
  };

  function find(from: string, specifier: string): string | undefined {
    if (specifier.startsWith('.')) {
      const meant = posix.join(posix.dirname(from), specifier);
      return file(meant) ?? source(posix.normalize(meant)) ?? copy(meant, names.copies ?? []);
    }
    for (const { pattern, targets, base } of names.aliases) {
      const star = pattern.indexOf('*');
      const matches = star < 0 ? specifier === pattern : specifier.startsWith(pattern.slice(0, star));
      if (!matches) continue;
      const rest = star < 0 ? '' : specifier.slice(star);
      for (const target of targets) {
        const found = file(posix.join(base, target.replace('*', rest)));
        if (found !== undefined) return found;
      }
    }
    for (const [name, folder] of names.packages) {
      if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
      const rest = specifier.slice(name.length);
      const found = [`${folder}${rest}`, `${folder}/src${rest}`, `${folder}/lib${rest}`].map(file).find((f) => f);
      if (found !== undefined) return found;
    }
    // `@/orders`, `#orders`, `@orders/api`: names for folders that only a bundler's settings explain.
    const [, fromRoot] = /^(?:[@~]\/|[#@])(.+)$/.exec(specifier) ?? [];
    if (fromRoot === undefined) return undefined;
    return [`src/${fromRoot}`, fromRoot, `app/${fromRoot}`].map(file).find((f) => f);
  }

  /** `./dist/server.js`, which nobody has compiled yet, is `src/server.ts`: the same path below the sources. */
  function source(compiled: string): string | undefined {
    for (const { out, root } of names.outputs ?? []) {
      const found = compiled.startsWith(`${out}/`) && file(posix.join(root, compiled.slice(out.length + 1)));
      if (found) return found;
    }
    const [, before = '', rest] = OUTPUT.exec(compiled) ?? [];
    if (rest === undefined) return undefined;
    return SOURCE_FOLDERS.map((folder) => file(posix.join(before, folder, rest))).find((found) => found !== undefined);
  }

  function file(path: string): string | undefined {
    const clean = posix.normalize(path).replace(/\/$/, '');
    if (paths.has(clean)) return clean;
    const stem = clean.replace(/\.([cm]?)jsx?$/, '');
    for (const base of stem === clean ? [clean] : [clean, stem]) {
      for (const extension of EXTENSIONS) if (paths.has(base + extension)) return base + extension;
    }
    for (const extension of EXTENSIONS) {
      const index = posix.join(clean, `index${extension}`);
      if (paths.has(index)) return index;
    }
    return undefined;
  }
}
