/** A sum is more than a JSON number holds exactly. */
export class AmountTooLargeError extends Error {
  readonly code = 'AMOUNT_TOO_LARGE';
  constructor() {
    super('The amount is more than a JSON number holds exactly.');
    this.name = 'AmountTooLargeError';
  }
}
