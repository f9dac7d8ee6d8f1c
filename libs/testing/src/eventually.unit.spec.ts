import { ConditionTimeoutError } from './errors.ts';
import { eventually } from './eventually.ts';
import { leakCheck } from './leak-check.ts';

describe('eventually', () => {
  it('returns what the first successful try returned', async () => {
    let tries = 0;
    const value = await eventually(
      () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return tries;
      },
      { everyMs: 1 },
    );
    expect(value).toBe(3);
  });

  it('tries again for false, and takes every other value, also undefined, for success', async () => {
    const results = [false, false, 0];
    expect(await eventually(() => results.shift(), { everyMs: 1 })).toBe(0);
    expect(await eventually(() => {})).toBeUndefined();
  });

  it('says what was wrong last when the time is over', async () => {
    const waiting = eventually(() => expect('draft').toBe('completed'), { timeoutMs: 30, everyMs: 5 });
    await expect(waiting).rejects.toThrow(ConditionTimeoutError);
    await expect(waiting).rejects.toThrow(/Not true after 30 ms.*toBe/s);
    await expect(eventually(() => false, { timeoutMs: 10, everyMs: 5 })).rejects.toThrow('returned false each time');
  });

  it('does not wait for a try that hangs', async () => {
    const hanging = eventually(() => new Promise(() => {}), { timeoutMs: 20 });
    await expect(hanging).rejects.toThrow('the last try did not return');
  });
});

leakCheck();
