/** What was asked of the projections cannot be done as they are now. The message says why, and what to do. */
export class ControlRefusedError extends Error {
  readonly code = 'CONTROL_REFUSED';
  constructor(message: string) {
    super(message);
    this.name = 'ControlRefusedError';
  }
}
