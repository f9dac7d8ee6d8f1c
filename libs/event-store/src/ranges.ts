/** A sort key has 1,024 bytes at most (quota of DynamoDB), and a character up to four of them. */
const maxIdLength = 250;
const maxPage = 1_000;

/** Throws RangeError for an id that cannot be part of a key. */
export function assertId(what: 'stream' | 'command', id: string): void {
  if (id.length >= 1 && id.length <= maxIdLength) return;
  throw new RangeError(`the id of a ${what} has 1 to ${maxIdLength} characters, not ${id.length}`);
}

/** Throws RangeError for what is no version of a stream; 0 is that of one without events. */
export function assertVersion(version: number): void {
  if (Number.isSafeInteger(version) && version >= 0) return;
  throw new RangeError(`${version} is no version: pass 0 for a stream without events, else what it was loaded with`);
}

/** Throws RangeError for a page that cannot be read. */
export function assertPage({ after, limit }: { after: number; limit: number }): void {
  assertVersion(after);
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPage) return;
  throw new RangeError(`a page has 1 to ${maxPage} events, not ${limit}`);
}
