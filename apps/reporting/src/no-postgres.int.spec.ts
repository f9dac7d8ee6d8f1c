import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { projectionTableNames } from '@atlas/projections';
import { eventually, leakCheck, stackVariable } from '@atlas/testing';
import { build } from 'esbuild';
import { eventOf } from '../test/events.ts';
import { newTenant, openReportingKit, type ReportingKit } from '../test/reporting-kit.ts';
import { remotePortsOf } from '../test/sockets.ts';

const patient = { timeoutMs: 40_000 };
const portOf = (variable: string) => Number(new URL(stackVariable(variable)).port);

/** Everything that a program loads, whether it uses it or not. */
async function modulesOf(code: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: __dirname, loader: 'ts' },
    ...{ bundle: true, write: false, metafile: true, treeShaking: false, logLevel: 'silent' },
    ...{ platform: 'node', format: 'esm', external: ['pg-native'] },
  });
  return Object.keys(metafile.inputs);
}

const ofPostgres = (modules: string[]) =>
  modules.filter((file) => /node_modules\/(pg|pg-[a-z-]+|kysely|postgres)\/|\/postgres\.ts$/.test(file));

describe('reporting never touches PostgreSQL', () => {
  it('loads nothing that could: no driver, no query builder, nothing of ours over them', async () => {
    const modules = await modulesOf("import './main.ts'");
    expect(modules.length).toBeGreaterThan(300);
    expect(ofPostgres(modules)).toEqual([]);
    // This test would notice.
    expect(ofPostgres(await modulesOf("import '@atlas/messaging/postgres'")).length).toBeGreaterThan(3);
  });

  describe('as a process', () => {
    let kit: ReportingKit;
    beforeAll(async () => {
      kit = await openReportingKit();
    });
    afterAll(() => kit.close());

    it('has no connection to it while it counts, although its address is in the environment', async () => {
      const env = { ...process.env, ATLAS_PREFIX: kit.prefix, REPORTING_PORT: '0', LOG_LEVEL: 'warn' };
      const jwks = { IDENTITY_JWKS_URL: 'http://127.0.0.1:9/' };
      const child = spawn(process.execPath, [join(__dirname, 'main.ts')], {
        env: { ...env, ...jwks },
        stdio: 'ignore',
      });
      const exited = once(child, 'exit');
      try {
        const seen = new Set<number>();
        const look = () => remotePortsOf(child.pid!).forEach((port) => seen.add(port));
        await kit.send(eventOf('order.completed.v1', {}, { tenantId: newTenant() }));
        await eventually(async () => {
          look();
          return (await kit.items(projectionTableNames(kit.prefix).journal)).length === 1;
        }, patient);
        look();
        expect([...seen]).toContain(portOf('REDIS_URL'));
        expect([...seen]).not.toContain(portOf('DATABASE_URL'));
        // And a connection to it would be seen.
        const own = connect(portOf('DATABASE_URL'), new URL(stackVariable('DATABASE_URL')).hostname);
        await once(own, 'connect');
        expect([...remotePortsOf(process.pid)]).toContain(portOf('DATABASE_URL'));
        own.destroy();
      } finally {
        child.kill('SIGTERM');
        await exited;
      }
    });
  });
});

leakCheck();
