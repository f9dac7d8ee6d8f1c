/** A page is asked for of an answer that began with a build which is not there any more. */
export class CursorExpiredError extends Error {
  readonly code = 'CURSOR_EXPIRED';
  constructor() {
    super(
      'The report was rebuilt since the first page, and what that page was made of is gone. Ask for the first page again.',
    );
    this.name = 'CursorExpiredError';
  }
}
