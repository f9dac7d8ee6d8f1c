/** More than any address that a page of ours makes. */
const longest = 2_000;
const here = 'http://gateway.invalid';

/**
 * Where to go after signing in: the path that was asked for, when it is one of this server and nothing else, else
 * undefined. `//elsewhere.example`, `/\elsewhere.example` and `/.//elsewhere.example` are addresses of other servers to a
 * browser, or become one when they are resolved; they would make this page send people wherever a link says.
 */
export function returnPath(asked: unknown): string | undefined {
  // Printable ASCII without a backslash: a browser writes everything else as %xx, and drops tabs and line breaks silently.
  if (typeof asked !== 'string' || asked.length > longest || !/^\/[!-[\]-~]*$/.test(asked)) return undefined;
  if (!URL.canParse(asked, here)) return undefined;
  const { origin, pathname, search } = new URL(asked, here);
  const isOurs = origin === here && !pathname.startsWith('//') && !/^\/sign-(in|out)\/?$/i.test(pathname);
  return isOurs ? pathname + search : undefined;
}
