import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';

interface FileResult {
  name: string;
  status: 'passed' | 'failed';
  message: string;
}

/** Runs the spec files of fixtures/, which are no part of the suite, in a Jest of their own. */
function runFixtures(): Map<string, FileResult> {
  const workspace = join(__dirname, '..', '..', '..');
  const jest = join(workspace, 'node_modules', 'jest', 'bin', 'jest.js');
  const config = join(__dirname, 'fixtures', 'jest.config.mjs');
  const args = [jest, '-c', config, '--json', '--forceExit', '--maxWorkers=2'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: workspace, encoding: 'utf8' });
  const { testResults } = JSON.parse(stdout) as { testResults: FileResult[] };
  return new Map(testResults.map((result) => [basename(result.name, '.fixture.ts'), result]));
}

describe('leakCheck', () => {
  const results = new Map<string, FileResult>();
  beforeAll(() => {
    for (const [name, result] of runFixtures()) results.set(name, result);
  });

  it('lets a file pass that closes what it opens, also in its last afterAll', () => {
    expect(results.get('tidy')).toMatchObject({ status: 'passed' });
  });

  it.each([
    ['leaks-server', '1 x TCPServerWrap'],
    ['leaks-socket', '2 x TCPSocketWrap'],
    ['leaks-timer', '1 x timer made at Object.setInterval'],
    ['leaks-child', '1 x ProcessWrap'],
  ])('fails a file that %s', (name, named) => {
    const { status, message = '' } = results.get(name) ?? {};
    expect(status).toBe('failed');
    expect(message).toContain(`Still open after the tests: ${named}`);
  });
});
