import { createColors } from 'picocolors';
import { createNarrator } from './narrator.ts';

function narrate() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const terminal = { style: createColors(false), line: (text = '') => void lines.push(text) };
  return { lines, clock, narrator: createNarrator(terminal, () => clock.now) };
}

const deadLetter = (queue: string) =>
  JSON.stringify({
    level: 'error',
    time: '2026-11-22T10:00:00.000Z',
    service: 'notification',
    event: 'dead_lettered',
    msg: 'message dead-lettered',
    queue,
    id: 'c0ffee',
    reason: 'BAD_JSON',
    message: 'body is not JSON',
  });

describe('the narrator', () => {
  it('has one line for each part that answers', () => {
    const { lines, narrator } = narrate();
    narrator.progress({ kind: 'ready', name: 'sqs', ms: 1234 });
    narrator.progress({ kind: 'ready', name: 'gateway', ms: 900, url: 'http://127.0.0.1:3000' });
    expect(lines).toEqual([
      '  ✓ SNS and SQS                  1.2 s',
      '  ✓ gateway                      0.9 s  http://127.0.0.1:3000',
    ]);
  });

  it('says what is going to be changed: each change, or how many when everything is new', () => {
    const { lines, narrator } = narrate();
    narrator.progress({ kind: 'planned', name: 'topics', changes: [{ does: 'create queue', what: 'q' }] });
    const changes = Array.from({ length: 6 }, (_, n) => ({ does: n < 2 ? 'create topic' : 'subscribe', what: `${n}` }));
    narrator.progress({ kind: 'planned', name: 'topics', changes });
    narrator.progress({ kind: 'planned', name: 'tables', changes: [] });
    expect(lines).toEqual(['  … create queue q', '  … create topic: 2, subscribe: 4']);
  });

  it('shows a dead letter at once, with what to do', () => {
    const { lines, narrator } = narrate();
    narrator.logLine(deadLetter('q'));
    expect(lines[0]).toBe('  ! 10:00:00 dead letter notification: BAD_JSON, body is not JSON  queue=q');
    expect(lines[1]).toContain('npx atlas dlq list');
  });

  it('does not fill the screen with ten thousand of them', () => {
    const { lines, clock, narrator } = narrate();
    for (let i = 0; i < 10_000; i++) narrator.logLine(deadLetter('q'));
    clock.now = 10_000;
    narrator.flush();
    expect(lines).toHaveLength(7);
    expect(lines[6]).toContain('9997 more times');
  });

  it('tells of dead letters that the queue itself moved, not of those already told', () => {
    const { lines, narrator } = narrate();
    narrator.logLine(deadLetter('q'));
    narrator.logLine(deadLetter('q'));
    const told = lines.length;
    narrator.deadLetterDepth({ queue: 'q-dlq', depth: 2, before: 0 });
    expect(lines).toHaveLength(told);
    narrator.deadLetterDepth({ queue: 'q-dlq', depth: 5, before: 2 });
    expect(lines.at(-1)).toContain('3 more dead letters in q-dlq');
    narrator.deadLetterDepth({ queue: 'q-dlq', depth: 0, before: 5 });
    expect(lines).toHaveLength(told + 1);
  });

  it('says what waits from an earlier run', () => {
    const { lines, narrator } = narrate();
    narrator.deadLetterDepth({ queue: 'q-dlq', depth: 4, before: undefined });
    expect(lines[0]).toContain('4 dead letters wait in q-dlq');
  });

  it('keeps a crash and the recovery to one line each', () => {
    const { lines, narrator } = narrate();
    narrator.onCrash({ name: 'notification', exit: { code: null, signal: 'SIGKILL' }, restartInMs: 200, crashes: 1 });
    narrator.onRecovered({ name: 'notification', ms: 1100 });
    expect(lines).toEqual([
      '  ! notification was ended by SIGKILL; starting it again in 0.2 s',
      '  ✓ notification is back after 1.1 s',
    ]);
  });

  it('is silent about what is in order', () => {
    const { lines, narrator } = narrate();
    narrator.logLine(JSON.stringify({ level: 'info', time: '2026-11-22T10:00:00Z', service: 'gateway', msg: 'GET /' }));
    narrator.logLine('not JSON');
    expect(lines).toEqual([]);
  });
});
