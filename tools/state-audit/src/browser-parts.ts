import { createResolver, type ModuleNames } from './engine/resolve.ts';
import type { SourceText } from './engine/program.ts';

const SPECIFIER = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"]([^'"\n]+)['"]/g;
/** Names of packages that say that a file belongs to a server. */
const PACKAGES_OF_SERVERS =
  /^(node:.+|express|https?|fs|fs\/promises|path|os|net|tls|dns|cluster|crypto|stream|zlib|child_process|worker_threads|async_hooks|koa|fastify|ioredis|redis|pg|mysql2?|mongoose|mongodb|knex|sequelize|typeorm|@nestjs\/.+|socket\.io|ws|winston|pino|bull|bullmq|amqplib|kafkajs|nodemailer|cheerio|jsdom|linkedom|happy-dom|puppeteer(-core)?|playwright(-core)?|got|undici|node-fetch)$/;

/** Speaks to a page, or to something that is called like one: enough where no file of the server imports it. */
const LIKE_A_PAGE =
  /(?<![.\w$])(document\.(documentElement|head|title|hidden|on\w+)|window\.[a-zA-Z$]|sessionStorage\.|navigator\.(userAgent|serviceWorker|language|clipboard|platform)|self\.(addEventListener|skipWaiting|clients)\b)|(^|[^\w.$])\$\((['"`][#.[<\w]|document|window)/;

/**
 * Files that pages are made of though they do not speak to a page themselves: files for browsers import them, and no file of
 * the server does.
 */
export function partsOfPages(
  files: readonly SourceText[],
  browser: readonly SourceText[],
  names: ModuleNames,
): ReadonlySet<string> {
  const all = [...files, ...browser];
  const resolve = createResolver(new Set(all.map((f) => f.path)), names);
  const imports = new Map<string, string[]>();
  const servers: string[] = [];
  const isBrowser = new Set(browser.map((f) => f.path));
  for (const { path, text } of all) {
    const specifiers = specifiersOf(text);
    const targets = specifiers.flatMap((s) => resolve(path, s) ?? []);
    imports.set(path, targets);
    if (
      !isBrowser.has(path) &&
      (specifiers.some((s) => PACKAGES_OF_SERVERS.test(s)) || /\bprocess\.(env\b(?!\.NODE_ENV)|on\(|argv)/.test(text))
    )
      servers.push(path);
  }
  const served = closure(servers, (path) => (isBrowser.has(path) ? [] : imports.get(path)!));
  const weak = files.filter((f) => !served.has(f.path) && LIKE_A_PAGE.test(f.text)).map((f) => f.path);
  const isOpen = (path: string) => !served.has(path);
  const pages = closure([...isBrowser, ...weak], (path) => imports.get(path)!.filter(isOpen));
  // And what is made of such parts alone.
  for (let before = -1; before !== pages.size;) {
    before = pages.size;
    for (const [path, targets] of imports)
      if (isOpen(path) && targets.length > 0 && targets.every((one) => pages.has(one))) pages.add(path);
  }
  return new Set([...pages].filter((path) => !isBrowser.has(path) && !served.has(path)));
}

/**
 * Of files that their folder says somebody runs by hand, those that the others import: the server runs them, whatever the
 * folder is called.
 */
export function importedBy(
  files: readonly SourceText[],
  byHand: readonly SourceText[],
  names: ModuleNames,
): SourceText[] {
  if (byHand.length === 0) return [];
  const all = [...files, ...byHand];
  const resolve = createResolver(new Set(all.map((f) => f.path)), names);
  const texts = new Map(all.map((f) => [f.path, f.text]));
  const imported = closure(
    files.map((f) => f.path),
    (path) => specifiersOf(texts.get(path)!).flatMap((s) => resolve(path, s) ?? []),
  );
  return byHand.filter((f) => imported.has(f.path));
}

const specifiersOf = (text: string): string[] => [...text.matchAll(SPECIFIER)].map((m) => m[1]!);

function closure(seeds: readonly string[], next: (path: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const queue = [...seeds];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    queue.push(...next(at));
  }
  return seen;
}
