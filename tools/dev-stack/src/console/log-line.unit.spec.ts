import { describeEntry, isWorthShowing, parseLogLine } from './log-line.ts';

const line = (fields: object) =>
  JSON.stringify({ level: 'warn', time: '2026-11-22T10:00:00.000Z', service: 'notification', pid: 1, ...fields });

describe('parseLogLine', () => {
  it('reads an entry of an app', () => {
    expect(parseLogLine(line({ msg: 'redis closed the connection' }))).toMatchObject({ service: 'notification' });
  });

  it.each([
    '',
    'Warning: something',
    '    at main.ts:1:2',
    '{"level":"warn"',
    '{"level":30,"msg":"a number"}',
    '[]',
    '{}',
  ])('leaves out %j', (text) => expect(parseLogLine(text)).toBeUndefined());
});

describe('isWorthShowing', () => {
  it.each([
    ['info', {}, false],
    ['warn', {}, true],
    ['error', {}, true],
    ['fatal', {}, true],
    ['info', { event: 'dead_lettered' }, true],
  ])('%s %j: %s', (level, fields, shown) => {
    expect(isWorthShowing(parseLogLine(line({ level, ...fields }))!)).toBe(shown);
  });
});

describe('describeEntry', () => {
  it('says the message, its plain fields and the error in one line', () => {
    const entry = parseLogLine(
      line({
        msg: 'handler failed',
        queue: 'atlas-notification-order-events',
        attempt: 2,
        trace_id: 'abc',
        nested: { not: 'shown' },
        err: { type: 'TypeError', message: 'x is\n not a function', stack: 'TypeError: …' },
      }),
    )!;
    expect(describeEntry(entry)).toBe(
      'handler failed  queue=atlas-notification-order-events attempt=2  TypeError: x is not a function',
    );
  });

  it('cuts a value that would fill the screen', () => {
    expect(describeEntry(parseLogLine(line({ msg: 'm', body: 'x'.repeat(5000) }))!).length).toBeLessThan(200);
  });
});
