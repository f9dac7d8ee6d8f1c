import { createPortChooser } from './ports.ts';

const allExcept = (...taken: number[]) => ({ isFree: async (port: number) => !taken.includes(port) });

describe('createPortChooser', () => {
  it('takes the preferred port when it is free', async () => {
    expect(await createPortChooser(allExcept()).choose('gateway', 3000)).toBe(3000);
  });

  it('steps over taken ports', async () => {
    expect(await createPortChooser(allExcept(3000, 3001)).choose('gateway', 3000)).toBe(3002);
  });

  it('gives a port to one name only, also when all ask at once', async () => {
    const chooser = createPortChooser(allExcept());
    const ports = await Promise.all(['a', 'b', 'c'].map((name) => chooser.choose(name, 3000)));
    expect(ports).toEqual([3000, 3001, 3002]);
  });

  it('goes on after a name for which there was none', async () => {
    const chooser = createPortChooser({ isFree: async (port) => port >= 5000 });
    await expect(chooser.choose('gateway', 3000)).rejects.toMatchObject({
      code: 'NO_FREE_PORT',
      message: expect.stringContaining('3000 to 3199'),
    });
    expect(await chooser.choose('other', 5000)).toBe(5000);
  });
});
