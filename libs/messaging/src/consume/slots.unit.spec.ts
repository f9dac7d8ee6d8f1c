import fc from 'fast-check';
import { createSlots } from './slots.ts';

describe('slots', () => {
  it('begin with one poll, and double with every full receive up to the receivers', () => {
    const slots = createSlots({ total: 80, receivers: 8 });
    const polls: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      let begun = 0;
      while (slots.nextPoll() > 0) {
        slots.reserve(slots.nextPoll());
        begun += 1;
      }
      polls.push(begun);
      for (let i = 0; i < begun; i += 1) slots.arrived(10, 10);
      for (let i = 0; i < begun * 10; i += 1) slots.release();
    }
    expect(polls).toEqual([1, 2, 8, 8]);
  });

  it('go back to one poll when the queue is empty', () => {
    const slots = createSlots({ total: 80, receivers: 8 });
    slots.reserve(10);
    slots.arrived(10, 10);
    slots.reserve(10);
    slots.reserve(10);
    slots.arrived(10, 0);
    expect(slots.nextPoll()).toBe(0);
    slots.arrived(10, 0);
    expect(slots.nextPoll()).toBe(10);
  });

  it('wait for ten free slots, however the others are held', () => {
    const slots = createSlots({ total: 20, receivers: 8 });
    slots.reserve(10);
    slots.arrived(10, 10);
    slots.reserve(10);
    slots.arrived(10, 10);
    expect(slots.nextPoll()).toBe(0);
    for (let i = 0; i < 9; i += 1) slots.release();
    expect([slots.nextPoll(), slots.idle()]).toEqual([0, 9]);
    slots.release();
    expect([slots.nextPoll(), slots.idle()]).toEqual([10, 10]);
  });

  it('ask for fewer than ten where fewer are allowed in all', () => {
    expect(createSlots({ total: 3, receivers: 8 }).nextPoll()).toBe(3);
  });

  it('never promise more than there are, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('poll' as const) }),
      fc.record({ kind: fc.constant('arrive' as const), received: fc.option(fc.nat(10), { nil: undefined }) }),
      fc.record({ kind: fc.constant('release' as const) }),
      fc.record({ kind: fc.constant('small' as const) }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 16 }),
        fc.array(step),
        (total, receivers, steps) => {
          const slots = createSlots({ total, receivers });
          const open: number[] = [];
          for (const action of steps) {
            const size = action.kind === 'poll' ? slots.nextPoll() : action.kind === 'small' ? slots.idle() : 0;
            if (size > 0) {
              slots.reserve(size);
              open.push(size);
            } else if (action.kind === 'arrive' && open.length > 0) {
              const asked = open.shift()!;
              slots.arrived(asked, action.received === undefined ? undefined : Math.min(asked, action.received));
            } else if (action.kind === 'release' && slots.busy > 0) {
              slots.release();
            }
            const promised = slots.busy + open.reduce((sum, asked) => sum + asked, 0);
            expect(promised).toBeLessThanOrEqual(total);
            expect(open.length).toBe(slots.polls);
            expect(open.length).toBeLessThanOrEqual(receivers);
          }
        },
      ),
    );
  });
});
