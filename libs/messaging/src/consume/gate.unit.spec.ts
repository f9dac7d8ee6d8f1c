import { captureLogs } from '@atlas/testing';
import { createGate } from './gate.ts';

describe('the gate', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function given(ready: () => boolean) {
    const asked: number[] = [];
    const opened: string[] = [];
    const gate = createGate({
      logger: captureLogs().logger,
      queue: 'queue',
      random: () => 1,
      isReady: async () => {
        asked.push(Date.now());
        return ready();
      },
      onOpen: () => void opened.push(gate.state),
    });
    return { gate, asked, opened, pass: (ms: number) => jest.advanceTimersByTimeAsync(ms) };
  }

  it('is closed until the service is ready, then lets one poll through, and opens with its answer', async () => {
    let ready = false;
    const { gate, opened, pass } = given(() => ready);
    gate.start();
    await pass(2000);
    expect([gate.state, opened]).toEqual(['closed', []]);
    ready = true;
    await pass(500);
    expect([gate.state, opened]).toEqual(['probing', ['probing']]);
    gate.healthy('receive');
    expect([gate.state, opened]).toEqual(['open', ['probing', 'open']]);
  });

  it('waits longer before asking each time that the work fails again', async () => {
    const { gate, asked, pass } = given(() => true);
    gate.start();
    await pass(0);
    const pauses: number[] = [];
    for (let trip = 0; trip < 8; trip += 1) {
      const closedAt = Date.now();
      gate.trip('work', new Error('down'));
      await pass(60_000);
      pauses.push(asked.at(-1)! - closedAt);
    }
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('forgets earlier outages once work has succeeded', async () => {
    const { gate, asked, pass } = given(() => true);
    gate.start();
    await pass(0);
    for (let trip = 0; trip < 4; trip += 1) {
      gate.trip('work', new Error('down'));
      await pass(60_000);
    }
    gate.healthy('work');
    const closedAt = Date.now();
    gate.trip('work', new Error('down'));
    await pass(60_000);
    expect(asked.at(-1)! - closedAt).toBe(200);
  });

  it('does not take an answer of the queue for success when it was the work that failed', async () => {
    const { gate, pass } = given(() => true);
    gate.start();
    await pass(0);
    gate.healthy('receive');
    gate.trip('work', new Error('down'));
    await pass(60_000);
    gate.healthy('receive');
    expect(gate.state).toBe('probing');
    gate.healthy('work');
    expect(gate.state).toBe('open');
  });

  it('counts many failures at once as one outage', async () => {
    const { gate, asked, pass } = given(() => true);
    gate.start();
    await pass(0);
    gate.healthy('receive');
    for (let message = 0; message < 80; message += 1) gate.trip('work', new Error('down'));
    await pass(200);
    expect([asked.length, gate.state]).toEqual([2, 'probing']);
  });

  it('takes an answer that does not come for "not ready"', async () => {
    let broken = true;
    const { gate, pass } = given(() => {
      if (broken) throw new Error('the check itself failed');
      return true;
    });
    gate.start();
    await pass(1000);
    expect(gate.state).toBe('closed');
    broken = false;
    await pass(500);
    expect(gate.state).toBe('probing');
  });

  it('stays closed after it was stopped', async () => {
    const { gate, asked, pass } = given(() => false);
    gate.start();
    await pass(1000);
    gate.stop();
    const before = asked.length;
    await pass(60_000);
    expect([asked.length, gate.state]).toEqual([before, 'closed']);
  });
});
