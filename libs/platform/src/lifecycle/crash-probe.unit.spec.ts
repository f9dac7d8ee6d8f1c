import { ConfigError } from '../errors.ts';
import { crashProbe, parseCrashPoint } from './crash-probe.ts';

describe('crashProbe', () => {
  it('does nothing without a crash point', async () => {
    await crashProbe(undefined)('relay.claimed');
    await crashProbe('')('relay.claimed');
  });

  it('kills at the n-th time of its step and at no other', async () => {
    const kill = jest.fn();
    const probe = crashProbe('relay.claimed#2', { kill });
    await probe('relay.claimed');
    await probe('relay.published');
    expect(kill).not.toHaveBeenCalled();
    await probe('relay.claimed');
    await probe('relay.claimed');
    expect(kill).toHaveBeenCalledTimes(1);
  });

  it('waits for the kill, so that the caller goes no step further', async () => {
    const killed = Promise.withResolvers<void>();
    const probed = Promise.resolve(crashProbe('effect.ran', { kill: () => killed.promise })('effect.ran'));
    await expect(Promise.race([probed.then(() => 'went on'), Promise.resolve('waits')])).resolves.toBe('waits');
    killed.resolve();
    await probed;
  });

  it('is refused in production', () => {
    expect(() => crashProbe('relay.claimed', { environment: 'production' })).toThrow(ConfigError);
    expect(() => crashProbe(undefined, { environment: 'production' })).not.toThrow();
  });

  it.each(['#1', 'relay.claimed#0', 'relay.claimed#x', 'a b'])('refuses %p', (spec) => {
    expect(parseCrashPoint(spec)).toBeUndefined();
    expect(() => crashProbe(spec)).toThrow(ConfigError);
  });
});
