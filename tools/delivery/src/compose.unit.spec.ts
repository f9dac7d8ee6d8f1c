import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import type { ZodType } from 'zod';
import { workspaceRoot } from './describe-apps.ts';

interface Service {
  image?: string;
  build?: { dockerfile: string; args: { FOLDER: string } };
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  ports?: string[];
  read_only?: boolean;
  init?: boolean;
  deploy?: { replicas: number };
  healthcheck?: object;
}

const text = (file: string) => readFileSync(join(workspaceRoot, file), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const environment = parseEnv(text('docker/development.env'));
const apps = readdirSync(join(workspaceRoot, 'apps')).filter((app) =>
  existsSync(join(workspaceRoot, 'apps', app, 'src', 'main.ts')),
);

test('docker-compose.yml is what the Compose specification allows', () => {
  // The schema of compose-spec/compose-spec, as it is published.
  const schema = JSON.parse(text('tools/delivery/schemas/compose-spec.json')) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, $schema: undefined });
  expect({ valid: validate(compose), errors: validate.errors }).toEqual({ valid: true, errors: null });
  expect(validate({ services: { gateway: { imgae: 'atlas/gateway' } } })).toBe(false);
});

test('every app is a service of it, in an image of its own that is as closed as in AWS', () => {
  for (const app of apps) {
    const service = compose.services[app]!;
    expect(service).toMatchObject({ build: { args: { FOLDER: `apps/${app}` } }, read_only: true, init: true });
    expect(service.healthcheck).toBeDefined();
    // Topics, tables and schema first; an app that starts before them says so and exits.
    expect(service.depends_on!['provision']).toEqual({ condition: 'service_completed_successfully' });
  }
  expect(apps.length).toBeGreaterThanOrEqual(4);
});

test.each(apps)('%s can read the environment that it gets', async (app) => {
  const { configSchema } = (await import(join(workspaceRoot, 'apps', app, 'src', 'config.ts'))) as {
    configSchema: ZodType;
  };
  const { success, error } = configSchema.safeParse(environment);
  expect({ success, problems: error?.issues ?? [] }).toEqual({ success: true, problems: [] });
});

test('what a service waits for, mounts and builds exists; what it uses is of a known version', () => {
  for (const [name, { depends_on = {}, volumes = [], build, image }] of Object.entries(compose.services)) {
    for (const needed of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(needed);
    for (const source of volumes.map((volume) => volume.split(':')[0]!)) {
      if (source.startsWith('.')) expect([source, existsSync(join(workspaceRoot, source))]).toEqual([source, true]);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    if (build) expect(existsSync(join(workspaceRoot, build.args.FOLDER, 'package.json'))).toBe(true);
    else
      expect([name, image]).toEqual([
        name,
        expect.stringMatching(/^[\w./-]+:v?\d+(\.\d+)*[\w.-]*(@sha256:[0-9a-f]{64})?$/),
      ]);
  }
  // Later ones refuse to start without an account token.
  expect(compose.services['localstack']!.image).toMatch(/^localstack\/localstack:4\.14\.0(@|$)/);
});

test('two gateways stand behind nginx, and none of them is anybody’s own', () => {
  expect(compose.services['gateway']!.deploy).toEqual({ replicas: 2 });
  const nginx = text('docker/nginx.conf');
  expect(nginx).toMatch(/server gateway:4000 resolve/);
  expect(nginx).not.toMatch(/ip_hash|sticky|hash \$/);
});

test('only what a person opens is open, on this machine, at ports that .env.example names', () => {
  const example = parseEnv(text('.env.example'));
  const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
  for (const port of ports) {
    const [, name, standard] = /^\$\{ATLAS_BIND:-127\.0\.0\.1\}:\$\{(\w+):-(\d+)\}:\d+$/.exec(port)!;
    expect([name, example[name!]]).toEqual([name, standard]);
  }
  expect(ports.length).toBeGreaterThan(4);
  for (const app of apps) expect(compose.services[app]!.ports).toBeUndefined();
});
