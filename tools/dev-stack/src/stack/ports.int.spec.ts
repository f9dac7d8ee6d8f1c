import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPortChooser, isPortFree, reservePortRange } from './ports.ts';

const dir = mkdtempSync(join(tmpdir(), 'atlas-ports-'));
const file = join(dir, 'ports.json');
afterAll(() => rmSync(dir, { recursive: true }));

/** A port that is taken on the given address until `close`. */
async function takePort(host: string) {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('ports', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::'])('that a server on %s listens at are not free', async (host) => {
    const taken = await takePort(host);
    expect(await isPortFree(taken.port)).toBe(false);
    await taken.close();
    expect(await isPortFree(taken.port)).toBe(true);
  });

  it('stay the same over restarts while they are free', async () => {
    const free = async (port: number) => port !== 3000;
    expect(await createPortChooser({ file, isFree: free }).choose('gateway', 3000)).toBe(3001);
    // 3000 is free again, but bookmarks say 3001.
    expect(await createPortChooser({ file, isFree: async () => true }).choose('gateway', 3000)).toBe(3001);
    expect(await createPortChooser({ file, isFree: async (port) => port !== 3001 }).choose('gateway', 3000)).toBe(3000);
  });

  it('are chosen anew when the file is damaged', async () => {
    writeFileSync(file, '{"gateway": "no port"');
    expect(await createPortChooser({ file, isFree: async () => true }).choose('gateway', 3000)).toBe(3000);
  });
});

describe('ranges of ports', () => {
  const values =
    (...all: number[]) =>
    () =>
      all.shift() ?? Math.random();

  it('belong to one stack until it releases them', async () => {
    const value = Math.random();
    const first = await reservePortRange(values(value));
    const second = await reservePortRange(values(value, value));
    expect(second.first).not.toBe(first.first);
    first.release();
    second.release();
    expect(await isPortFree(first.first + 99)).toBe(true);
  });

  it.each([0, 0.999999])('stay below the ports of outgoing connections (%d)', async (value) => {
    const range = await reservePortRange(values(value));
    expect(range.first).toBeGreaterThanOrEqual(20_000);
    expect(range.first + 99).toBeLessThan(32_768);
    range.release();
  });
});
