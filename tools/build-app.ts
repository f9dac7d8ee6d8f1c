/**
 * Makes one self-contained bundle of an app: `node tools/build-app.ts apps/gateway` writes apps/gateway/dist/main.mjs
 * (and, beside it, the native modules that cannot be inlined, and the `bundledFiles` of the app's package.json, which it
 * serves as they are). It starts with `node dist/main.mjs` on Node 24 and needs no node_modules.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const app = process.argv[2];
if (!app) {
  console.error('usage: node tools/build-app.ts apps/<app>');
  process.exit(2);
}

interface Manifest {
  /** Programs to bundle, by the name of their file in dist/; src/main.ts unless said. */
  bundledEntries?: Record<string, string>;
  /** Files of packages that go along as they are. */
  bundledFiles?: string[];
}

/** What an image may have on top of Node. */
const mostBytes = 60 * 1024 * 1024;

const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as Manifest;
const entries = Object.entries(manifest.bundledEntries ?? { main: 'src/main.ts' });
const outdir = join(app, 'dist');
rmSync(outdir, { recursive: true, force: true });

const result = await build({
  entryPoints: Object.fromEntries(entries.map(([name, file]) => [name, join(app, file)])),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Express and others are CommonJS inside: they need a require.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  // Native modules are copied beside the bundle and required from there.
  loader: { '.node': 'copy' },
  assetNames: '[name]',
  external: ['pg-native'],
  sourcemap: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  logOverride: { 'require-resolve-not-external': 'silent' },
});

// "swagger-ui-dist/swagger-ui.css" of node_modules becomes dist/swagger-ui-dist/swagger-ui.css.
const { resolve: locate } = createRequire(resolve(app, 'package.json'));
for (const file of manifest.bundledFiles ?? []) cpSync(locate(file), join(outdir, file));

for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
  if (!file.endsWith('.map')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} KiB`);
}

const total = Object.values(result.metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
if (total > mostBytes) {
  console.error(`${app} has ${(total / 1024 / 1024).toFixed(0)} MiB of bundle; an image may have 60.`);
  process.exit(1);
}
