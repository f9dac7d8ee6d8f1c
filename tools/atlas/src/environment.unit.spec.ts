import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsConfig, completeEnvironment } from './environment.ts';

describe('the environment of a command', () => {
  const root = mkdtempSync(join(tmpdir(), 'atlas-cli-'));
  const inside = join(root, 'apps', 'gateway');
  const file = join(root, '.atlas', 'stack.env');
  beforeAll(() => {
    mkdirSync(inside, { recursive: true });
    mkdirSync(join(root, '.atlas'));
    writeFileSync(file, "AWS_ENDPOINT_URL=http://127.0.0.1:4100\nAWS_REGION=eu-central-1\nATLAS_PREFIX='atlas'\n");
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is completed with the local stack, looked for from the current folder upwards', () => {
    const completed = completeEnvironment({ ATLAS_PREFIX: 'mine', AWS_REGION: 'us-east-1' }, inside);
    expect(completed.file).toBe(file);
    expect(completed.env).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4100',
      AWS_REGION: 'eu-central-1',
      ATLAS_PREFIX: 'mine',
    });
  });

  it('is left alone where it names an endpoint, and where there is no local stack', () => {
    const named = { AWS_ENDPOINT_URL: 'http://elsewhere' };
    expect(completeEnvironment(named, inside)).toEqual({ env: named, file: undefined });
    const state = { ATLAS_STATE_DIR: join(root, 'nothing-here') };
    expect(completeEnvironment(state, inside)).toEqual({ env: state, file: undefined });
  });

  it('is checked with one readable report', () => {
    expect(() => awsConfig({ ATLAS_PREFIX: 'NO!' })).toThrow(/2 variables[^]*AWS_REGION[^]*is missing/);
  });
});
