import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIdentity } from './process-identity.ts';
import { claimStateDir, ownerOf } from './state-lock.ts';

const dir = mkdtempSync(join(tmpdir(), 'atlas-lock-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('a state folder', () => {
  it('has one owner at a time', () => {
    const release = claimStateDir(dir, 'npm start');
    expect(() => claimStateDir(dir, 'npm run stack')).toThrow(
      expect.objectContaining({ code: 'ALREADY_RUNNING', message: expect.stringContaining(`kill ${process.pid}`) }),
    );
    release();
    expect(ownerOf(dir)).toBeUndefined();
    claimStateDir(dir, 'npm run stack')();
  });

  it('is free again after its owner was killed', async () => {
    const owner = spawn('sleep', ['60'], { stdio: 'ignore' });
    const record = { pid: owner.pid, identity: processIdentity(owner.pid!), command: 'npm start' };
    writeFileSync(join(dir, 'owner.json'), JSON.stringify(record));
    expect(ownerOf(dir)).toEqual(record);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(ownerOf(dir)).toBeUndefined();
    claimStateDir(dir, 'npm start')();
  });
});
