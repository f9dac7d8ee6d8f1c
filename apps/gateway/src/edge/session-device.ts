import Bowser from 'bowser';

/** No browser's is longer; a longer one is somebody's idea of a joke. */
const longestUserAgent = 512;
const longestName = 60;
const everyBrowser = 'Mozilla/';

/**
 * A few words by which a person recognises where a session is used, such as "Firefox on Linux" or "curl", from a
 * `User-Agent` that anybody may have made up: at most 60 characters, none of them a control character.
 */
export function deviceOf(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, longestUserAgent);
  return shortened(browserOf(text) ?? programOf(text) ?? 'unknown device');
}

function browserOf(userAgent: string): string | undefined {
  // Every browser calls itself Mozilla; what does not is no browser, but the library has a guess for everything.
  if (!userAgent.startsWith(everyBrowser)) return undefined;
  const { browser, os, platform } = Bowser.parse(userAgent);
  if (!browser.name) return undefined;
  const where = platform.vendor === 'Apple' && platform.model ? platform.model : os.name;
  return where ? `${browser.name} on ${where}` : browser.name;
}

// The first product of RFC 9110, section 10.1.5, without its version.
function programOf(userAgent: string): string | undefined {
  return userAgent.startsWith(everyBrowser) ? undefined : /^[A-Za-z0-9!#$%&'*+.^_`|~-]+/.exec(userAgent)?.[0];
}

function shortened(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '').slice(0, longestName);
}
